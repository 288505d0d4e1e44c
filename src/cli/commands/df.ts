import type { DiskRow } from '../../types.ts';
import { defineCommand } from '../command.ts';
import { formatBytes } from '../format.ts';
import { sayNotes } from '../notes.ts';
import { printList, type Column, type Listing } from '../output.ts';

const bytes = (title: string, value: (row: DiskRow) => number): Column<DiskRow> => ({
  title,
  value: (row) => formatBytes(value(row)),
  right: true,
});

const usage: Listing<DiskRow> = {
  name: ({ template }) => template ?? 'total',
  columns: [
    { title: 'TEMPLATE', value: ({ template }) => template ?? 'total' },
    bytes('LAYERS', ({ layers }) => layers.own),
    bytes('SHARED', ({ layers }) => layers.shared),
    bytes('IMAGES', ({ images }) => images.own),
    bytes('SHARED', ({ images }) => images.shared),
    bytes('TOTAL', ({ total }) => total),
  ],
};

export const command = defineCommand({
  examples: ['appshot df', 'appshot df --json | jq -s .[-1].total'],
  define: () => undefined,
  async run(cli) {
    const rows = await cli.ops.df({});
    printList(cli, cli.quiet ? rows.filter(({ template }) => template !== null) : rows, usage);
    sayNotes(cli, rows, usage.name);
  },
});
