import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand<{ stop?: boolean }>({
  examples: ['appshot daemon', 'appshot daemon --stop', 'APPSHOT_HOME=/srv/appshot appshot daemon 2>>/var/log/appshot.log'],
  define(command) {
    command.option('--stop', 'end the daemon that runs; instances live on');
  },
  async run(cli, { options }) {
    if (options.stop === true) return stop(cli);
    const { runDaemon } = await import('../../daemon/main.ts');
    const code = await runDaemon(async (paths, log) => (await import('../../appshot.ts')).Appshot.open({ paths, log }), cli.paths);
    return code === 0 ? 0 : 1;
  },
});

/** Nothing is started only to be ended. */
async function stop(cli: Cli): Promise<number> {
  const { Client } = await import('../../daemon/client.ts');
  const connection = await new Client({ paths: cli.paths, env: process.env, entry: null }).existing();
  await connection?.request('shutdown', {});
  connection?.close();
  return 0;
}
