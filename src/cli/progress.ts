import type { Cli } from './cli.ts';

/** Most work is done before anybody could read of it. */
const AFTER_MS = 400;

/** Shows on a terminal that something is still being done; elsewhere, and for what is quick, nothing. */
export async function withProgress<T>(cli: Cli, what: string, work: Promise<T>): Promise<T> {
  const { env, stderr } = cli.io;
  if (stderr.isTTY !== true || cli.quiet || cli.json || env['NO_COLOR'] || env['TERM'] === 'dumb') return work;
  let stopped = false;
  let stop = (): void => undefined;
  const timer = setTimeout(() => {
    void import('ora').then(({ default: ora }) => {
      const spinner = ora({ text: what, stream: process.stderr, discardStdin: false });
      if (stopped) return;
      spinner.start();
      stop = () => {
        spinner.stop();
      };
    });
  }, AFTER_MS);
  try {
    return await work;
  } finally {
    stopped = true;
    clearTimeout(timer);
    stop();
  }
}
