import { lstatSync, readdirSync, readlinkSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { LayerRow } from '../db/index.ts';
import { isWhiteout } from './archive/walk-layer.ts';
import { keepRoot } from './instance-root.ts';
import { filesOf, findInstance, layerDirectory, layersOf } from './instances.ts';
import type { Store } from './store.ts';
import { findTemplate } from './templates.ts';
import { withLayersView } from './template-view.ts';
import { touchedPaths, type Touched } from './touched-paths.ts';
import type { DiffRow } from './types.ts';

/**
 * What an instance changed against what it stands on, a template against its lowest layer, or the differences between two of either
 * kind. Sorted by path. Only what lies in layers that not both have is looked at.
 */
export async function diff(store: Store, o: { name: string; other?: string }): Promise<DiffRow[]> {
  if (o.other === undefined && store.db.instances.get(o.name) !== null) return upperChanges(store, o.name);
  const named = sideOf(store, o.name);
  if (o.other !== undefined) return compare(store, named, sideOf(store, o.other));
  return compare(store, { layers: named.layers.slice(-1), mounted: null }, named);
}

/** What is compared: its layers, top first, and where it is mounted, if it is an instance. */
interface Side {
  readonly layers: readonly LayerRow[];
  readonly mounted: { readonly aid: string; readonly root: string } | null;
}

function sideOf(store: Store, name: string): Side {
  const instance = store.db.instances.get(name);
  if (instance === null) {
    findTemplate(store, name, 'diff');
    return { layers: store.db.stacks.ofTemplate(name), mounted: null };
  }
  const upper = store.db.layers.get(instance.upper);
  return {
    layers: [...(upper === null ? [] : [upper]), ...store.db.stacks.ofInstance(name)],
    mounted: { aid: name, root: filesOf(store, instance).root },
  };
}

/** From `a` to `b`. */
async function compare(store: Store, a: Side, b: Side): Promise<DiffRow[]> {
  const common = commonBelow(a.layers, b.layers);
  const own = [a, b].flatMap(({ layers }) => layers.slice(0, layers.length - common));
  if (own.length === 0) return [];
  const touched = common === 0 ? 'all' : touchedPaths(own.map(({ path }) => path));
  return withRoot(store, a, (left) => withRoot(store, b, (right) => Promise.resolve(compareTrees(left, right, '', touched))));
}

/** How many layers, counted from the lowest, are the same. */
function commonBelow(a: readonly LayerRow[], b: readonly LayerRow[]): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a.at(-1 - count)?.id === b.at(-1 - count)?.id) count++;
  return count;
}

async function withRoot<T>(store: Store, side: Side, work: (root: string) => Promise<T>): Promise<T> {
  if (side.mounted === null) return withLayersView(store, side.layers, work);
  await keepRoot(store, side.mounted.aid);
  return work(side.mounted.root);
}

function upperChanges(store: Store, aid: string): DiffRow[] {
  const row = findInstance(store, aid, 'diff');
  const lower = layersOf(store, aid).directories;
  return walk(layerDirectory(store, row.upper), '', (path, stat): DiffRow[] => {
    const below = lower.map((layer) => stats(join(layer, path))).find((found) => found !== null) ?? null;
    if (isWhiteout(stat)) return below === null ? [] : [{ change: 'D', path }];
    if (below === null) return [{ change: 'A', path }];
    return stat.isDirectory() && below.isDirectory() ? [] : [{ change: 'M', path }];
  });
}

function stats(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function walk(root: string, path: string, visit: (path: string, stat: Stats) => DiffRow[]): DiffRow[] {
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => {
      const child = `${path}/${name}`;
      const stat = lstatSync(join(root, child));
      return [...visit(child, stat), ...(stat.isDirectory() ? walk(root, child, visit) : [])];
    });
}

function compareTrees(a: string, b: string, path: string, touched: Touched): DiffRow[] {
  const names = touched === 'all' ? new Set([...entries(join(a, path)), ...entries(join(b, path))]) : touched.keys();
  return [...names].sort().flatMap((name): DiffRow[] => {
    const child = `${path}/${name}`;
    const left = stats(join(a, child));
    const right = stats(join(b, child));
    if (left === null && right === null) return [];
    if (left === null) return [{ change: 'A', path: child }];
    if (right === null) return [{ change: 'D', path: child }];
    if (left.isDirectory() && right.isDirectory())
      return compareTrees(a, b, child, touched === 'all' ? 'all' : (touched.get(name) ?? 'all'));
    return sameFile(join(a, child), left, join(b, child), right) ? [] : [{ change: 'M', path: child }];
  });
}

const entries = (path: string): string[] => (stats(path)?.isDirectory() === true ? readdirSync(path) : []);

function sameFile(a: string, left: Stats, b: string, right: Stats): boolean {
  if (left.mode !== right.mode || left.uid !== right.uid || left.gid !== right.gid) return false;
  if (left.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b);
  if (!left.isFile()) return left.rdev === right.rdev;
  if (left.size !== right.size) return false;
  return left.mtimeMs === right.mtimeMs || readFileSync(a).equals(readFileSync(b));
}
