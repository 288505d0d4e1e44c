import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { LayerRow } from '../db/index.ts';
import { bytesOf, ofText, shownPath } from './byte-paths.ts';
import { keepRoot } from './instance-root.ts';
import { sameContent } from './same-content.ts';
import type { Store } from './store.ts';
import { findTemplate } from './templates.ts';
import { withLayersView } from './template-view.ts';
import { touchedPaths, type Touched } from './touched-paths.ts';
import type { DiffRow } from './types.ts';

/**
 * What an instance changed against its template, also where it was committed in between; an instance without one, or a template, against
 * its lowest layer; or the differences between two of either kind. Sorted by path, names as they are stored. Only what lies in layers that not both have is looked at.
 */
export async function diff(store: Store, o: { name: string; other?: string }): Promise<DiffRow[]> {
  const named = await layersUnder(store, o.name);
  if (o.other !== undefined) return compare(store, named, await layersUnder(store, o.other), false);
  const instance = store.db.instances.get(o.name);
  const base = store.db.stacks.ofTemplate(instance?.template ?? '');
  return compare(store, base.length > 0 ? base : named.slice(-1), named, instance !== null);
}

/** All that a template or an instance is made of, top first. */
async function layersUnder(store: Store, name: string): Promise<readonly LayerRow[]> {
  // A root that somebody unmounted is put back, as by every command that is about it; the layers are there all the same.
  if (store.db.instances.get(name) !== null) await keepRoot(store, name).catch(() => undefined);
  const instance = store.db.instances.get(name);
  if (instance === null) {
    findTemplate(store, name, 'diff');
    return store.db.stacks.ofTemplate(name);
  }
  const upper = store.db.layers.get(instance.upper);
  return [...(upper === null ? [] : [upper]), ...store.db.stacks.ofInstance(name)];
}

/** From `a` to `b`. */
async function compare(store: Store, a: readonly LayerRow[], b: readonly LayerRow[], listsNew: boolean): Promise<DiffRow[]> {
  const common = commonBelow(a, b);
  const own = [a, b].flatMap((layers) => layers.slice(0, layers.length - common));
  if (own.length === 0) return [];
  const touched = common === 0 ? 'all' : touchedPaths(own.map(({ path }) => path));
  const how = { byTimes: common === 0, listsNew };
  const rows = await withLayersView(store, a, (left) =>
    withLayersView(store, b, (right) => new Comparison(ofText(left), ofText(right), how).of('', touched)),
  );
  return rows.map((row) => ({ ...row, path: shownPath(row.path) }));
}

/** How many layers, counted from the lowest, are the same. */
function commonBelow(a: readonly LayerRow[], b: readonly LayerRow[]): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a.at(-1 - count)?.id === b.at(-1 - count)?.id) count++;
  return count;
}

/** How long the daemon may be held up, ms. */
const TURN_MS = 10;

/** Of trees whose paths are bytes (byte-paths.ts). */
class Comparison {
  readonly #a: string;
  readonly #b: string;
  /** Files that look the same are taken for it: whole trees that have no layer in common are too large to read. */
  readonly #byTimes: boolean;
  /** Whether all that is in a new directory is told of too. */
  readonly #listsNew: boolean;
  #turn = performance.now();

  constructor(a: string, b: string, { byTimes, listsNew }: { byTimes: boolean; listsNew: boolean }) {
    this.#a = a;
    this.#b = b;
    this.#byTimes = byTimes;
    this.#listsNew = listsNew;
  }

  /** What differs below a directory that both have. */
  async of(path: string, touched: Touched): Promise<DiffRow[]> {
    const names = touched === 'all' ? new Set([...entries(join(this.#a, path)), ...entries(join(this.#b, path))]) : [...touched.keys()];
    const rows: DiffRow[] = [];
    for (const name of [...names].sort())
      rows.push(...(await this.#at(`${path}/${name}`, touched === 'all' ? 'all' : (touched.get(name) ?? 'all'))));
    return rows;
  }

  async #at(path: string, touched: Touched): Promise<DiffRow[]> {
    if (performance.now() - this.#turn > TURN_MS) {
      await othersTurn();
      this.#turn = performance.now();
    }
    const left = stats(join(this.#a, path));
    const right = stats(join(this.#b, path));
    if (left === null && right === null) return [];
    if (right === null) return [{ change: 'D', path }];
    if (left === null) return [{ change: 'A', path }, ...(await this.#within(path, right))];
    const changed: DiffRow[] = (await this.#isSame(path, left, right)) ? [] : [{ change: 'M', path }];
    if (left.isDirectory() && right.isDirectory()) return [...changed, ...(await this.of(path, touched))];
    return [...changed, ...(await this.#within(path, right))];
  }

  /** What a directory that is new brings with it. */
  async #within(path: string, stat: Stats): Promise<DiffRow[]> {
    return this.#listsNew && stat.isDirectory() ? this.of(path, 'all') : [];
  }

  async #isSame(path: string, left: Stats, right: Stats): Promise<boolean> {
    if (left.mode !== right.mode || left.uid !== right.uid || left.gid !== right.gid) return false;
    const [a, b] = [join(this.#a, path), join(this.#b, path)];
    if (left.isSymbolicLink()) return readlinkSync(bytesOf(a), 'latin1') === readlinkSync(bytesOf(b), 'latin1');
    if (left.isDirectory()) return true;
    if (!left.isFile()) return left.rdev === right.rdev;
    if (left.size !== right.size) return false;
    return (this.#byTimes && left.mtimeMs === right.mtimeMs) || (await sameContent(bytesOf(a), bytesOf(b)));
  }
}

function stats(path: string): Stats | null {
  return lstatSync(bytesOf(path), { throwIfNoEntry: false }) ?? null;
}

/** An instance goes on while it is looked at: a directory may be gone meanwhile. */
function entries(path: string): string[] {
  try {
    return readdirSync(bytesOf(path), 'latin1');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
