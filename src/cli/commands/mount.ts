import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot mount ./store && ls ./store/templates'],
  define: (command) => {
    command.argument('<dir>', 'an empty directory');
  },
  async run(cli, { args: [directory = ''] }) {
    printNames(cli, [await cli.ops.mount({ directory: resolve(cli.io.cwd, directory) })], (row) => row.directory);
  },
});
