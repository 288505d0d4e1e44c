import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TemplateSummary } from '../../types.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { misuse } from '../errors.ts';
import { templates } from '../listings.ts';
import { sayNotes } from '../notes.ts';
import { printOne } from '../output.ts';
import { withProgress } from '../progress.ts';
import { withTemporaryFile } from '../temporary.ts';

export const command = defineCommand({
  examples: ['appshot import warm.appshot', 'appshot import warm.appshot warm-2', 'ssh other appshot export warm - | appshot import -'],
  define: (command) => {
    command
      .argument('<file>', 'archive to read; - is standard input')
      .argument('[template]', 'its name here; as in the archive when none is given');
  },
  async run(cli, { args: [file = '', template] }) {
    const named = template === undefined ? {} : { template };
    const work = file === '-' ? fromStdin(cli, named) : cli.ops.importTemplate({ file: resolve(cli.io.cwd, file), ...named });
    const imported = await withProgress(cli, `import ${file}`, work);
    printOne(cli, imported, templates);
    sayNotes(cli, [imported], ({ name }) => name);
  },
});

async function fromStdin(cli: Cli, named: { template?: string }): Promise<TemplateSummary> {
  if (cli.io.stdin.isTTY === true) throw misuse('import -', 'standard input is a terminal', 'redirect an archive into it or name a file');
  return withTemporaryFile('import.appshot', async (file) => {
    await pipeline(cli.io.stdin, createWriteStream(file, { mode: 0o600 }));
    return cli.ops.importTemplate({ file, ...named });
  });
}
