/** The process behind a mounted store: serves it until it is unmounted or the store itself is gone. */
import { existsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { mountFuse } from '../fs/store/fuse-mount.ts';
import { fuseOperations } from '../fs/store/operations.ts';
import { StoreTree } from '../fs/store/tree.ts';
import { Views } from '../fs/store/views.ts';
import { ViewServer } from '../fs/view-server.ts';
import { addon } from '../native/addon.ts';
import { unmount } from '../native/unmount.ts';
import { Client } from './daemon/client.ts';
import { AppshotError } from './errors.ts';
import { storePaths, type StorePaths } from './paths.ts';
import { storeBackend } from './store-backend.ts';
import { mountedAt } from './mounted-at.ts';
import { mountName } from './store-mount.ts';
import type { Operations } from './types.ts';

const WATCH_MS = 500;
/** Where the daemon waits for one line: `ready`, or why not. */
const ANSWER_FD = 3;

/** Resolves to the process's exit code. */
export async function serveStore(directory: string): Promise<number> {
  const paths = storePaths();
  process.umask(0);
  process.chdir('/');
  const log = (message: string): void => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), pid: process.pid, msg: message })}\n`);
  };
  const client = new Client({ paths, env: process.env });
  const server = new ViewServer(paths.viewSocket, paths.state, join(paths.state, 'view.log'));
  const masks = [paths.data, paths.state, paths.run, '/proc', '/sys', '/dev'];
  const views = new Views(server, { mounts: paths.mounts, masks });
  const store = identity(paths.data);
  const stands = (): boolean => identity(paths.data) === store;
  const tree = new StoreTree(storeBackend(whileStands(client.operations, stands), log), views, addon());
  try {
    await views.removeLeftovers((pid) => existsSync(`/proc/${pid}`));
    await mountFuse(directory, fuseOperations(tree, paths.data), mountName(paths));
    // fusermount waits for the end of every process that has libfuse's socket: a daemon started from here must not be one.
    addon().closeOnExec(3);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    return 1;
  }
  tell('ready');
  log(`mounted at ${directory}`);
  const why = await ended(directory, paths, tree, stands);
  log(`ending: ${why}`);
  if (mountedAt(directory) === mountName(paths)) unmount(directory);
  if (stands()) await tree.settle(true).catch(() => undefined);
  await views.close().catch(() => undefined);
  server.close();
  client.close();
  return 0;
}

/** Once the mount, or the store behind it, is gone, or somebody asks this process to end. */
function ended(directory: string, paths: StorePaths, tree: StoreTree, stands: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      // Only the list of mounts is looked at: a look at the mount itself would wait for this very process.
      if (mountedAt(directory) !== mountName(paths)) resolve('it was unmounted');
      else if (!stands()) resolve('the store is gone');
      else void tree.settle().catch(() => undefined);
    }, WATCH_MS);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(signal, () => {
        clearInterval(watch);
        resolve(signal);
      });
  });
}

/** A daemon that is asked for starts when it isn't there, and would make anew a store that somebody has just removed. */
function whileStands(operations: Operations, stands: () => boolean): Operations {
  return new Proxy(operations, {
    get: (target, name) =>
      stands() ? (Reflect.get(target, name) as unknown) : () => Promise.reject(new AppshotError('gone', 'store', 'it was removed')),
  });
}

function identity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

function tell(line: string): void {
  try {
    writeSync(ANSWER_FD, `${line.replace(/\s*\n\s*/g, ' ')}\n`);
  } catch {
    /* nobody waits for it */
  }
}
