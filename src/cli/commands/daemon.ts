import { defineCommand } from '../command.ts';

export const command = defineCommand({
  examples: ['appshot daemon', 'APPSHOT_HOME=/srv/appshot appshot daemon 2>>/var/log/appshot.log'],
  define: () => undefined,
  async run(cli) {
    const { runDaemon } = await import('../../daemon/main.ts');
    const code = await runDaemon(async (paths, log) => (await import('../../appshot.ts')).Appshot.open({ paths, log }), cli.paths);
    return code === 0 ? 0 : 1;
  },
});
