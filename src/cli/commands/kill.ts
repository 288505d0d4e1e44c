import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';
import { signalName } from '../signals.ts';

export const command = defineCommand<{ signal?: string }>({
  examples: ['appshot kill web', 'appshot kill -s HUP web'],
  define(command) {
    command
      .argument('<aid...>', 'instances whose main process is signalled')
      .option('-s, --signal <signal>', 'name or number; KILL unless told', signalName);
  },
  async run(cli, { args, options: { signal } }) {
    const rows = await cli.ops.kill({ aids: args, ...(signal === undefined ? {} : { signal }) });
    printNames(cli, rows, ({ aid }) => aid);
  },
});
