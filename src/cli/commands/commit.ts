import { defineCommand } from '../command.ts';
import { saved } from '../listings.ts';
import { printOne } from '../output.ts';
import { withProgress } from '../progress.ts';

export const command = defineCommand<{ stop: boolean }>({
  examples: ['appshot commit web warm', 'appshot commit web warm --stop', 'appshot commit web warm --json'],
  define(command) {
    command
      .argument('<aid>', 'running instance; it goes on')
      .argument('<template>', 'name of the new template')
      .option('--stop', 'end the instance once its image is written', false);
  },
  async run(cli, { args: [aid = '', template = ''], options: { stop } }) {
    const result = await withProgress(cli, `commit ${aid}`, cli.ops.commit({ aid, template, stop }));
    printOne(cli, result, saved('TEMPLATE'));
  },
});
