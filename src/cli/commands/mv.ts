import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot mv warm warm-1.0'],
  define: (command) => {
    command.argument('<from>', 'template').argument('<to>', 'its new name');
  },
  async run(cli, { args: [from = '', to = ''] }) {
    printNames(cli, [await cli.ops.mv({ from, to })], (row) => row.to);
  },
});
