import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot rm warm', 'appshot rm $(appshot ls -q)'],
  define: (command) => {
    command.argument('<template...>', 'templates on which nothing stands');
  },
  async run(cli, { args }) {
    printNames(cli, await cli.ops.rm({ templates: args }), ({ template }) => template);
  },
});
