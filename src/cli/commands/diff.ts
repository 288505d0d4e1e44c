import { defineCommand } from '../command.ts';
import { printable } from '../format.ts';

export const command = defineCommand({
  examples: ['appshot diff warm-1', 'appshot diff warm warm-backup'],
  define: (command) => {
    command.argument('<name>', 'instance or template').argument('[other]', "the other one; an instance's template when none is named");
  },
  async run(cli, { args: [name = '', other] }) {
    const rows = await cli.ops.diff({ name, ...(other === undefined ? {} : { other }) });
    for (const row of rows) {
      if (cli.json) cli.print(JSON.stringify(row));
      else cli.print(cli.quiet ? printable(row.path) : `${row.change} ${printable(row.path)}`);
    }
  },
});
