import { lstatSync, readdirSync, readlinkSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { filesOf, findInstance, layerDirectory, layersOf } from './instances.ts';
import type { Store } from './store.ts';
import { findTemplate } from './templates.ts';
import { withTemplateView } from './template-view.ts';
import type { DiffRow } from './types.ts';

/** What an instance changed against what it stands on, or the differences between two of either kind. Sorted by path. */
export async function diff(store: Store, o: { name: string; other?: string }): Promise<DiffRow[]> {
  if (o.other === undefined && store.db.instances.get(o.name) !== null) return upperChanges(store, o.name);
  const other = o.other ?? o.name;
  return withRoot(store, o.name, (a) => withRoot(store, other, (b) => Promise.resolve(compareTrees(a, b, ''))));
}

function withRoot<T>(store: Store, name: string, work: (root: string) => Promise<T>): Promise<T> {
  const instance = store.db.instances.get(name);
  if (instance !== null) return work(filesOf(store, instance).root);
  findTemplate(store, name, 'diff');
  return withTemplateView(store, name, work);
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

const isWhiteout = (stat: Stats): boolean => stat.isCharacterDevice() && stat.rdev === 0;

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

function compareTrees(a: string, b: string, path: string): DiffRow[] {
  const names = [...new Set([...entries(join(a, path)), ...entries(join(b, path))])].sort();
  return names.flatMap((name): DiffRow[] => {
    const child = `${path}/${name}`;
    const left = stats(join(a, child));
    const right = stats(join(b, child));
    if (left === null) return [{ change: 'A', path: child }];
    if (right === null) return [{ change: 'D', path: child }];
    if (left.isDirectory() && right.isDirectory()) return compareTrees(a, b, child);
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
