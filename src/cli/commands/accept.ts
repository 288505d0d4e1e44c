import { defineCommand } from '../command.ts';
import { printable } from '../format.ts';

export const command = defineCommand({
  examples: ['appshot accept warm', 'appshot accept warm --json'],
  define: (command) => {
    command.argument('<name>', 'template or instance whose layers another hand has changed');
  },
  async run(cli, { args: [name = ''] }) {
    const result = await cli.ops.accept({ name });
    if (cli.json) cli.print(JSON.stringify(result));
    else if (cli.quiet) cli.print(result.name);
    else if (result.count === 0) cli.print(`${result.name} is as it was sealed`);
    else {
      for (const path of result.paths) cli.print(printable(path));
      if (result.count > result.paths.length) cli.print(`and ${result.count - result.paths.length} more`);
    }
  },
});
