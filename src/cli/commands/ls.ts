import type { FileRow, TemplateSummary } from '../../types.ts';
import { defineCommand } from '../command.ts';
import { files, templates } from '../listings.ts';
import { sayNotes } from '../notes.ts';
import { printList } from '../output.ts';

export const command = defineCommand({
  examples: ['appshot ls', 'appshot ls warm:/etc', 'appshot rm $(appshot ls -q)'],
  define: (command) => {
    command.argument('[template[:path]]', 'files there; all templates when none is named');
  },
  async run(cli, { args: [target] }) {
    const rows = await cli.ops.ls(target === undefined ? {} : { target });
    if (areTemplates(rows)) {
      printList(cli, rows, templates);
      sayNotes(cli, rows, ({ name }) => name);
    } else printList(cli, rows, files);
  },
});

function areTemplates(rows: TemplateSummary[] | FileRow[]): rows is TemplateSummary[] {
  const [first] = rows;
  return first === undefined || 'kind' in first;
}
