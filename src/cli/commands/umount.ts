import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot umount ./store'],
  define: (command) => {
    command.argument('<dir>', 'where the store is mounted');
  },
  async run(cli, { args: [directory = ''] }) {
    printNames(cli, [await cli.ops.umount({ directory: resolve(cli.io.cwd, directory) })], (row) => row.directory);
  },
});
