import { defineCommand } from '../command.ts';
import { instances } from '../listings.ts';
import { printList } from '../output.ts';

export const command = defineCommand<{ all: boolean }>({
  examples: ['appshot ps', 'appshot ps -a --json', 'appshot destroy $(appshot ps -aq)'],
  define: (command) => {
    command.option('-a, --all', 'also those that have ended', false);
  },
  async run(cli, { options }) {
    const rows = await cli.ops.ps({ all: options.all });
    const { name, columns } = instances(cli.style);
    // Notes are rare: the column is there only when somebody has one.
    const noted = rows.some(({ notes }) => (notes?.length ?? 0) > 0);
    printList(cli, rows, { name, columns: noted ? columns : columns.filter(({ title }) => title !== 'NOTES') });
  },
});
