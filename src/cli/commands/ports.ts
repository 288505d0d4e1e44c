import { defineCommand } from '../command.ts';
import { printList } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot ports', 'appshot ports warm-1', 'curl http://$(appshot ports -q warm-1)/'],
  define: (command) => {
    command.argument('[aid]', 'one instance; all when none is named');
  },
  async run(cli, { args: [aid] }) {
    printList(cli, await cli.ops.ports(aid === undefined ? {} : { aid }), {
      name: ({ address }) => address,
      columns: [
        { title: 'AID', value: (row) => row.aid },
        { title: 'PORT', value: ({ port }) => String(port), right: true },
        { title: 'PROTOCOL', value: ({ protocol }) => protocol },
        { title: 'ADDRESS', value: ({ address }) => address },
        { title: 'PUBLIC', value: (row) => (row.public === null ? '-' : String(row.public)), right: true },
      ],
    });
  },
});
