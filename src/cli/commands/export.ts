import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppshotError } from '../../errors.ts';
import { systemWords } from '../../system-error.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { misuse } from '../errors.ts';
import { printNames } from '../output.ts';
import { withProgress } from '../progress.ts';
import { withTemporaryFile } from '../temporary.ts';

export const command = defineCommand<{ layer?: string }>({
  examples: [
    'appshot export warm warm.appshot',
    'appshot export warm - | ssh other appshot import -',
    'appshot export base base-oci.tar --layer oci',
  ],
  define: (command) => {
    command.argument('<template>', 'template').argument('<file>', 'archive to write; - is standard output');
    command.option('--layer <format>', 'its layers alone, for other tools, as an image layout in a tar: oci');
  },
  async run(cli, { args: [template = '', file = ''], options: { layer } }) {
    if (layer !== undefined && layer !== 'oci')
      throw misuse(`export ${template}`, `'${layer}' is no format of layers`, 'the only one is oci');
    const order: Order = { template, ...(layer === undefined ? {} : { layer }) };
    if (file === '-') {
      await toStdout(cli, order);
      return;
    }
    const result = await withProgress(cli, `export ${template}`, cli.ops.exportTemplate({ ...order, file: resolve(cli.io.cwd, file) }));
    printNames(cli, [result], (row) => row.template);
  },
});

interface Order {
  readonly template: string;
  readonly layer?: 'oci';
}

/** The daemon has no way to the caller's standard output: it writes a file, which is sent from here. */
async function toStdout(cli: Cli, order: Order): Promise<void> {
  if (cli.io.stdout.isTTY === true)
    throw misuse(`export ${order.template}`, 'an archive is nothing to show on a terminal', 'redirect it or name a file');
  await withTemporaryFile('export.appshot', async (file) => {
    await cli.ops.exportTemplate({ ...order, file });
    await pipeline(createReadStream(file), cli.io.stdout, { end: false }).catch((error: unknown) => {
      const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
      throw new AppshotError(
        full ? 'no-space' : 'failed',
        `export ${order.template}`,
        `standard output: ${systemWords(error)}`,
        'what was written of the archive is of no use',
        { cause: error },
      );
    });
  });
}
