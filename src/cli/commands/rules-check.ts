import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { readRules } from '../instance-options.ts';

/** Done here, not by the daemon: it concerns no store. */
export const command = defineCommand({
  examples: ['appshot rules check app.rules'],
  define: (command) => {
    command.argument('<file>', 'rule file');
  },
  async run(cli, { args: [file = ''] }) {
    const { parseRules, RulesError } = await import('../../rules/index.ts');
    const { text } = readRules('rules check', file, cli.io);
    try {
      parseRules(text, file);
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      for (const line of error.lines()) cli.say(line);
      if (cli.json)
        for (const { line, column: col, message } of error.problems)
          cli.print(JSON.stringify({ file: resolve(cli.io.cwd, file), line, col, message }));
      return 1;
    }
    if (cli.quiet) cli.print(file);
    return 0;
  },
});
