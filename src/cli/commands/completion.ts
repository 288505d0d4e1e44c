import { defineCommand } from '../command.ts';
import { misuse } from '../errors.ts';

export const command = defineCommand({
  examples: [
    'source <(appshot completion bash)',
    'appshot completion zsh > ~/.zfunc/_appshot',
    'appshot completion fish > ~/.config/fish/completions/appshot.fish',
  ],
  define: (command) => {
    command.argument('<shell>', 'bash, zsh or fish');
  },
  async run(cli, { args: [shell = ''] }) {
    const { completions, describeCommands } = await import('../completions.ts');
    const write = Object.hasOwn(completions, shell) ? completions[shell] : undefined;
    if (write === undefined)
      throw misuse(`completion ${shell}`, 'no completions for this shell', `there are ${Object.keys(completions).join(', ')}`);
    const script = write(await describeCommands());
    if (cli.json) cli.print(JSON.stringify({ shell, script }));
    else cli.io.stdout.write(script);
  },
});
