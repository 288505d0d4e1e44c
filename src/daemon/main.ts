import { statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { AppshotError } from '../errors.ts';
import { makeStore, storePaths, type StorePaths } from '../paths.ts';
import type { Operations } from '../types.ts';
import { addon } from '../../native/addon.ts';
import { DaemonServer, type ServerLog } from './server.ts';
import { ALREADY_RUNS } from './start.ts';

/** What the daemon serves: the public API, opened on its store. */
export type Served = Operations & { close(): Promise<void> };

/** What the operations have to say to whoever reads the log. */
export type DaemonLog = (message: string, details?: Readonly<Record<string, unknown>>) => void;

const WATCH_MS = 2000;
const SOCKET_GONE = 'its socket is gone';

/**
 * The daemon, from its lock to its end; resolves to its exit code. `open` is called only once the lock is held. It ends on
 * SIGTERM, SIGINT, `shutdown`, or when its socket is no longer its own (the store was removed). Instances live on.
 */
export async function runDaemon(
  open: (paths: StorePaths, log: DaemonLog) => Promise<Served>,
  paths: StorePaths = storePaths(),
): Promise<number> {
  process.chdir('/');
  // Not that of whoever happened to start it: the store's directories are private by themselves, and applications inherit it.
  process.umask(0o022);
  try {
    if (!lock(paths)) {
      process.stderr.write(`appshot: daemon: another one serves ${paths.data} already; appshot daemon --stop ends it\n`);
      return ALREADY_RUNS;
    }
    const log = await logger();
    return await serve(
      await open(paths, (message, details) => {
        log.info(details ?? {}, message);
      }),
      paths,
      log,
    );
  } catch (error) {
    process.stderr.write(`appshot: daemon: ${inWords(error)}\n`);
    return 1;
  }
}

/** The kernel lets go of it when the process ends, however that happens; the descriptor is kept for as long. */
function lock(paths: StorePaths): boolean {
  makeStore(paths);
  return addon().lockFile(join(paths.run, 'daemon.lock')) !== -1;
}

async function logger(): Promise<ServerLog> {
  const { pino, destination } = await import('pino');
  const log = pino(
    { base: { pid: process.pid }, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true }),
  );
  return {
    info: (fields, message) => {
      log.info(fields, message);
    },
    error: (fields, message) => {
      log.error(fields, message);
    },
  };
}

async function serve(served: Served, paths: StorePaths, log: ServerLog): Promise<number> {
  let end: (why: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const server = await DaemonServer.listen({
    paths,
    operations: served,
    log,
    onShutdown: () => {
      end('asked to');
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      end(signal);
    });
  process.on('SIGHUP', () => undefined);
  // One failed call must not take the door away from everybody else.
  process.on('uncaughtException', (error) => {
    log.error({ stack: error.stack }, `uncaught: ${error.message}`);
  });
  process.on('unhandledRejection', (reason) => {
    log.error({ stack: reason instanceof Error ? reason.stack : undefined }, `unhandled: ${inWords(reason)}`);
  });
  const watch = watchSocket(paths.socket, () => {
    end(SOCKET_GONE);
  });
  log.info({ socket: paths.socket }, 'serving');
  const why = await ended;
  log.info({}, `ending: ${why}`);
  clearInterval(watch);
  // Closing removes what has the socket's name, which by now may be another daemon's.
  if (why !== SOCKET_GONE) await server.close();
  await served.close();
  return 0;
}

/** A daemon whose store was removed would serve nobody for ever. */
function watchSocket(path: string, gone: () => void): NodeJS.Timeout {
  const mine = identity(path);
  return setInterval(() => {
    if (identity(path) !== mine) gone();
  }, WATCH_MS);
}

function identity(path: string): string | null {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

function inWords(error: unknown): string {
  if (error instanceof AppshotError) return error.message;
  return error instanceof Error ? error.message.replace(/\s*\n\s*/g, ' ') : String(error);
}
