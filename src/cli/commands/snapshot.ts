import { defineCommand } from '../command.ts';
import { saved } from '../listings.ts';
import { printOne } from '../output.ts';
import { withProgress } from '../progress.ts';

export const command = defineCommand<{ keepRunning: boolean }>({
  examples: ['appshot snapshot web', 'appshot snapshot web --keep-running'],
  define(command) {
    command.argument('<aid>', 'instance to suspend').option('--keep-running', 'write its image, but let it go on', false);
  },
  async run(cli, { args: [aid = ''], options: { keepRunning } }) {
    const result = await withProgress(cli, `snapshot ${aid}`, cli.ops.snapshot({ aid, keepRunning }));
    printOne(cli, result, saved('AID'));
  },
});
