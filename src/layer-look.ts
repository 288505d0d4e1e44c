import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import type { LayerState } from '../db/index.ts';
import { shownPath } from './byte-paths.ts';
import { inLayer } from './archive/walk-layer.ts';

/** What one look at a layer's directory finds. */
export interface LayerLook {
  readonly state: LayerState;
  /** What was changed later than `since`: the first of them, as paths of the layer, and how many there are. */
  readonly newer: { readonly paths: readonly string[]; readonly count: number };
}

export interface LookOrder {
  readonly root: string;
  /** Change times up to this one are old, nanoseconds; null: all are. */
  readonly since: bigint | null;
  /** A user's store: the view's server changes a closed file's mode for as long as it is used, and its change time with it. */
  readonly lent: boolean;
}

/** How many paths are told by name. */
const MOST_TOLD = 10;

/**
 * Walks a layer, names in byte order. The kernel keeps change times and nobody can set them: whoever changes a file makes it newer, and
 * whoever adds, renames or removes one its directory, so that one number tells whether there was a change, and which paths it was.
 * `pause` is called after every `BATCH` files. Throws what lstat and readdir throw for the layer's own directory.
 */
export function lookAtLayer({ root, since, lent }: LookOrder, pause: () => void = () => undefined): LayerLook {
  const shape = createHash('sha256');
  const top = lstatSync(root, { bigint: true });
  const found = new Newer(since);
  let newest = 0n;
  let entries = 0;
  const left = [''];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const stat = stats(root, path);
    if (stat === null) continue; // removed meanwhile: its directory is newer
    if (entries++ % BATCH === BATCH - 1) pause();
    shape.update(line(path, stat));
    const closed = lent && isClosed(stat);
    if (!closed && stat.ctimeNs > newest) newest = stat.ctimeNs;
    if (!closed) found.add(path, stat);
    if (stat.isDirectory()) for (const name of names(root, path)) left.push(path === '' ? name : `${path}/${name}`);
  }
  return { state: { root: `${top.dev}:${top.ino}`, entries, newest, shape: shape.digest('hex') }, newer: found.told() };
}

export const BATCH = 256;

/** A directory's size is its file system's affair. */
const line = (path: string, stat: BigIntStats): string =>
  `${path}\0${stat.mode} ${stat.uid} ${stat.gid} ${stat.isDirectory() ? '-' : stat.size} ${stat.mtimeNs} ${stat.rdev}\n`;

function isClosed(stat: BigIntStats): boolean {
  const needed = stat.isDirectory() ? 0o700n : stat.isFile() ? 0o600n : 0n;
  return (stat.mode & needed) !== needed;
}

function stats(root: string, path: string): BigIntStats | null {
  return lstatSync(inLayer(root, path), { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** In the order in which they are taken from the end of a list; nothing of a directory that is closed to a user. */
function names(root: string, path: string): string[] {
  try {
    return readdirSync(inLayer(root, path), { encoding: 'buffer' })
      .map((name) => name.toString('latin1'))
      .sort()
      .reverse();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'ENOENT') return [];
    throw error;
  }
}

/** Newer files, and newer directories that have no newer file to tell why. */
class Newer {
  readonly #since: bigint | null;
  readonly #files: string[] = [];
  readonly #directories = new Set<string>();
  #count = 0;

  constructor(since: bigint | null) {
    this.#since = since;
  }

  add(path: string, stat: BigIntStats): void {
    if (this.#since === null || stat.ctimeNs <= this.#since) return;
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    if (path !== '') this.#directories.delete(parent);
    if (stat.isDirectory()) this.#directories.add(path);
    else {
      this.#count++;
      if (this.#files.length < MOST_TOLD) this.#files.push(path);
    }
  }

  told(): LayerLook['newer'] {
    const paths = [...this.#files, ...this.#directories].slice(0, MOST_TOLD).map((path) => `/${shownPath(path)}`);
    return { paths: paths.sort(), count: this.#count + this.#directories.size };
  }
}
