import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot destroy web', 'appshot destroy $(appshot ps -aq)'],
  define: (command) => {
    command.argument('<aid...>', 'instances to end; their private data is removed too');
  },
  async run(cli, { args }) {
    printNames(cli, await cli.ops.destroy({ aids: args }), ({ aid }) => aid);
  },
});
