import { defineCommand } from '../command.ts';
import { wholeNumber } from '../instance-options.ts';
import { printNames } from '../output.ts';

export const command = defineCommand<{ time?: number }>({
  examples: ['appshot stop web', 'appshot stop -t 30 web warm-1'],
  define(command) {
    command
      .argument('<aid...>', 'instances to end')
      .option('-t, --time <seconds>', 'how long they may take after TERM until KILL', wholeNumber(0));
  },
  async run(cli, { args, options: { time } }) {
    const rows = await cli.ops.stop({ aids: args, ...(time === undefined ? {} : { seconds: time }) });
    printNames(cli, rows, ({ aid }) => aid);
  },
});
