import { defineCommand } from '../command.ts';
import { printable } from '../format.ts';

export const command = defineCommand({
  examples: ['appshot rules explain warm path /etc/app/config', 'appshot rules explain warm-1 env APP_HOME --json'],
  define(command) {
    command
      .argument('<name>', 'template or instance')
      .argument('<type>', 'kind of resource: path, env, port, ...')
      .argument('<value>', 'the resource');
  },
  async run(cli, { args: [name = '', type = '', value = ''] }) {
    const { rule, result, mark } = await cli.ops.rulesExplain({ name, type, value });
    if (cli.json) cli.print(JSON.stringify({ rule, result, mark }));
    else if (cli.quiet) cli.print(printable(result));
    else
      for (const [key, text] of [
        ['rule', rule ?? 'none'],
        ['result', result],
        ['mark', mark],
      ])
        cli.print(`${(key ?? '').padEnd(7)} ${printable(text ?? '')}`);
  },
});
