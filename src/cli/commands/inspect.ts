import { defineCommand } from '../command.ts';

export const command = defineCommand({
  examples: ['appshot inspect warm', 'appshot inspect warm-1 --json'],
  define: (command) => {
    command.argument('<name>', 'template or instance');
  },
  async run(cli, { args: [name = ''] }) {
    const value = await cli.ops.inspect({ name });
    cli.print(cli.quiet ? name : cli.json ? JSON.stringify(value) : JSON.stringify(value, null, 2));
  },
});
