import { defineCommand } from '../command.ts';
import { formatBytes } from '../format.ts';

export const command = defineCommand({
  examples: ['appshot flatten warm', 'appshot flatten idle-1'],
  define: (command) => {
    command.argument('<name>', 'template, or suspended instance');
  },
  async run(cli, { args: [name = ''] }) {
    const result = await cli.ops.flatten({ name });
    if (cli.json) cli.print(JSON.stringify(result));
    else if (cli.quiet) cli.print(result.name);
    else
      cli.print(
        result.folded === 0 && result.layers === 0
          ? `${result.name} stands alone already`
          : `${result.name}: ${result.folded} folded in, ${formatBytes(result.bytes)}${result.layers === 0 ? '' : `; ${result.layers} layers less`}`,
      );
  },
});
