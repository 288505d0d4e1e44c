import { defineCommand } from '../command.ts';
import { printList } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot ids web', 'appshot ids web --json'],
  define: (command) => {
    command.argument('<aid>', 'instance');
  },
  async run(cli, { args: [aid = ''] }) {
    printList(cli, await cli.ops.ids({ aid }), {
      name: (row) => `${row.type} ${row.virtual}`,
      columns: [
        { title: 'TYPE', value: ({ type }) => type },
        { title: 'VIRTUAL', value: ({ virtual }) => String(virtual), right: true },
        { title: 'SYSTEM', value: ({ system }) => String(system), right: true },
        { title: 'STATE', value: ({ state }) => state },
      ],
    });
  },
});
