import { defineCommand } from '../command.ts';
import { vprocMode } from '../instance-options.ts';
import { started } from '../listings.ts';
import { sayNotes } from '../notes.ts';
import { printOne } from '../output.ts';

export const command = defineCommand<{ vproc?: string }>({
  examples: ['appshot restore web', 'appshot restore web --json'],
  define(command) {
    command.argument('<aid>', 'suspended instance').option('--vproc <mechanism>', 'how virtual ids are bound: namespace or preload');
  },
  async run(cli, { args: [aid = ''], options }) {
    const result = await cli.ops.restore({ aid, ...vprocMode(options.vproc, cli.io.env, `restore ${aid}`) });
    printOne(cli, result, started(cli.style));
    sayNotes(cli, [result], ({ aid }) => aid);
  },
});
