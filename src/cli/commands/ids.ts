import { InvalidArgumentError } from 'commander';
import type { IdRow } from '../../types.ts';
import { resourceTypes } from '../../../vproc/translation.ts';
import { defineCommand } from '../command.ts';
import { printList } from '../output.ts';

interface Filters {
  readonly type?: string[];
  readonly virtual?: string;
  readonly system?: string;
}

const types: readonly string[] = resourceTypes;

function oneMoreType(text: string, before: string[] = []): string[] {
  if (!types.includes(text)) throw new InvalidArgumentError(`a type is one of ${types.join(', ')}`);
  return [...before, text];
}

const passes =
  ({ type, virtual, system }: Filters) =>
  (row: IdRow): boolean =>
    (type === undefined || type.includes(row.type)) &&
    (virtual === undefined || String(row.virtual) === virtual) &&
    (system === undefined || String(row.system) === system);

export const command = defineCommand<Filters>({
  examples: ['appshot ids web', 'appshot ids web --type pid --virtual 2 --json', 'appshot ids web --type shm --type shmkey'],
  define: (command) => {
    command
      .argument('<aid>', 'instance')
      .option('--type <type>', `those of a type alone; more than once, of several: ${types.join(', ')}`, oneMoreType)
      .option('--virtual <id>', 'what the instance calls by this id or name')
      .option('--system <id>', 'what the system calls by this id or name');
  },
  async run(cli, { args: [aid = ''], options }) {
    printList(cli, (await cli.ops.ids({ aid })).filter(passes(options)), {
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
