import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { misuse } from '../errors.ts';
import { printNames } from '../output.ts';
import { withProgress } from '../progress.ts';
import { withTemporaryFile } from '../temporary.ts';

export const command = defineCommand({
  examples: ['appshot export warm warm.appshot', 'appshot export warm - | ssh other appshot import -'],
  define: (command) => {
    command.argument('<template>', 'template').argument('<file>', 'archive to write; - is standard output');
  },
  async run(cli, { args: [template = '', file = ''] }) {
    if (file === '-') {
      await toStdout(cli, template);
      return;
    }
    const result = await withProgress(cli, `export ${template}`, cli.ops.exportTemplate({ template, file: resolve(cli.io.cwd, file) }));
    printNames(cli, [result], (row) => row.template);
  },
});

/** The daemon has no way to the caller's standard output: it writes a file, which is sent from here. */
async function toStdout(cli: Cli, template: string): Promise<void> {
  if (cli.io.stdout.isTTY === true)
    throw misuse(`export ${template}`, 'an archive is nothing to show on a terminal', 'redirect it or name a file');
  await withTemporaryFile('export.appshot', async (file) => {
    await cli.ops.exportTemplate({ template, file });
    await pipeline(createReadStream(file), cli.io.stdout, { end: false });
  });
}
