import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Views } from '../fs/store/views.ts';
import { addon } from '../native/addon.ts';
import { unmount, unmountableBecause } from '../native/unmount.ts';
import { AppshotError } from './errors.ts';
import { mountedAt, placesOf } from './mounted-at.ts';
import type { StorePaths } from './paths.ts';
import type { Store } from './store.ts';
import { sealForsaken } from './store-edit.ts';
import { systemWords } from './system-error.ts';

/** How long the mount may take to answer, ms. */
const PATIENCE_MS = 20_000;

const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../bin/appshot-store.ts' : '../bin/appshot-store.js', import.meta.url),
);

/** What a mount of this store is called in /proc/self/mountinfo. */
export const mountName = (paths: StorePaths): string =>
  `appshot-store:${createHash('sha256').update(paths.data).digest('hex').slice(0, 16)}`;

/**
 * Shows the template store at an empty directory. A process of its own serves it, which ends with the mount: a slow or stuck reader
 * holds up nobody else. Throws AppshotError.
 */
export async function mountStore(store: Store, { directory }: { directory: string }): Promise<{ directory: string }> {
  const what = `mount ${directory}`;
  takeDeadAway(store, directory);
  const at = mountPoint(directory, what);
  if (mountedAt(at) !== null) throw new AppshotError('exists', what, 'something is mounted there already', `appshot umount ${directory}`);
  if (readdirSync(at).length > 0) throw new AppshotError('misuse', what, 'the directory is not empty');
  if (`${at}/`.startsWith(`${store.paths.data}/`) || `${at}/`.startsWith(`${store.paths.run}/`))
    throw new AppshotError('misuse', what, "it lies within the store's own files");
  const stays = process.getuid?.() === 0 ? null : unmountableBecause();
  if (stays !== null) throw new AppshotError('failed', what, stays.why, stays.remedy);
  const log = openSync(join(store.paths.state, 'store-mount.log'), 'a', 0o600);
  const options = entry.endsWith('.ts') ? process.execArgv : [];
  const child = spawn(process.execPath, [...options, entry, at], { detached: true, cwd: '/', stdio: ['ignore', log, log, 'pipe'] });
  closeSync(log);
  child.on('error', () => undefined);
  const answer = child.stdio[3] as Readable;
  const said = await Promise.race([firstLine(answer), sleep(PATIENCE_MS, `it did not answer in ${PATIENCE_MS / 1000} s`, { ref: false })]);
  answer.destroy();
  child.unref();
  if (said === 'ready' && child.pid !== undefined) {
    clearAfter(store, child.pid, at);
    return { directory: at };
  }
  if (child.pid !== undefined && child.exitCode === null) addon().signalProcess(child.pid, 0, 9);
  unmount(at);
  throw new AppshotError(
    'failed',
    what,
    said === '' ? 'its server ended at once' : said,
    `see ${join(store.paths.state, 'store-mount.log')}`,
  );
}

/** Whatever ends the server: the views that it had mounted go with it. (fusermount takes the mount itself away.) */
function clearAfter(store: Store, pid: number, at: string): void {
  const views = new Views(store.view, { mounts: store.paths.mounts, masks: [] });
  addon().watchExit(pid, () => {
    void views
      .removeLeftovers((other) => other !== pid)
      .then(() => sealUnlessFilled(store, at))
      .catch(() => undefined); // the next mount, or the next daemon, tries again
  });
}

/** A mount of the store, but for one that has just ended, may be filling templates. */
export async function sealUnlessFilled(store: Store, ended?: string): Promise<void> {
  if (store.db.open && placesOf(mountName(store.paths)).every((place) => place === ended)) await sealForsaken(store);
}

/** Takes such a mount away, also while somebody looks into it. Throws AppshotError. */
export async function umountStore(store: Store, { directory }: { directory: string }): Promise<{ directory: string }> {
  const what = `umount ${directory}`;
  // A mount whose server is gone can't be resolved any more; it is found by the name that was given.
  const at = mountedAt(directory) === null ? mountPoint(directory, what) : directory;
  if (mountedAt(at) !== mountName(store.paths)) throw new AppshotError('not-found', what, 'this store is not mounted there');
  unmount(at);
  return { directory: at };
}

/** A mount of this store whose server has just been killed may stand for a moment yet. */
function takeDeadAway(store: Store, directory: string): void {
  try {
    statSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTCONN') return;
    const at = join(realpathSync(dirname(directory)), basename(directory));
    if (mountedAt(at) === mountName(store.paths)) unmount(at);
  }
}

function mountPoint(directory: string, what: string): string {
  try {
    const at = realpathSync(directory);
    if (!statSync(at).isDirectory()) throw new AppshotError('misuse', what, 'it is no directory');
    return at;
  } catch (error) {
    if (error instanceof AppshotError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new AppshotError(
      code === 'ENOENT' ? 'not-found' : 'failed',
      what,
      systemWords(error),
      code === 'ENOENT' ? 'make the directory first' : null,
    );
  }
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n', 1)[0] ?? '');
    });
    stream.on('error', () => {
      resolve(text);
    });
    stream.on('close', () => {
      resolve(text);
    });
  });
}
