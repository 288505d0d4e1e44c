/** Sealed layers that lie one upon the other become one that shows the same. Runs in the worker. */
import { chmodSync, linkSync, lchownSync, lstatSync, mkdirSync, readdirSync, type BigIntStats } from 'node:fs';
import { addon } from '../../native/addon.ts';
import { IMPURE, MARKS, OPAQUE, REDIRECT } from './marks.ts';
import { inLayer, walkLayer } from './walk-layer.ts';

/** Of a list of layers, those from `first` on, `count` of them, have become one in the place for the first. */
export interface MergedRun {
  readonly first: number;
  readonly count: number;
}

/**
 * `layers` top first, `places`: for each a directory that isn't there yet. Files are linked, not copied: they go on being the files that they are, with their
 * inode numbers and names of each other; directories are made anew. Throws what the file system throws; what was made so far is then for the caller to remove.
 */
export function mergeRuns(layers: readonly string[], places: readonly string[]): MergedRun[] {
  const merged: MergedRun[] = [];
  for (const { first, count } of runsIn(layers)) {
    if (count < 2) continue;
    const into = places[first] ?? '';
    mkdirSync(into, { mode: 0o700 });
    mergeDirectory(layers.slice(first, first + count), '', into);
    merged.push({ first, count });
  }
  return merged;
}

/** A directory that was renamed has what lies below it under another name in the layers below: its layer ends a run. */
function runsIn(layers: readonly string[]): MergedRun[] {
  const runs: MergedRun[] = [];
  let first = 0;
  layers.forEach((layer, at) => {
    if (at < layers.length - 1 && !hasRedirects(layer)) return;
    runs.push({ first, count: at + 1 - first });
    first = at + 1;
  });
  return runs;
}

function hasRedirects(layer: string): boolean {
  for (const { xattrs } of walkLayer(layer)) if (xattrs.some(([name]) => name === REDIRECT)) return true;
  return false;
}

interface Entry {
  readonly layer: string;
  readonly stat: BigIntStats;
}

/** `layers`: those that have this directory and show through, top first. */
function mergeDirectory(layers: readonly string[], path: string, into: string, closed = false): void {
  const sources = layers.map((layer) => ({
    stat: lstatSync(inLayer(layer, path), { bigint: true }),
    xattrs: addon().xattrs(inLayer(layer, path)),
  }));
  const end = sources.findIndex(({ xattrs }) => isOpaque(xattrs));
  const showing = end < 0 ? layers : layers.slice(0, end + 1);
  for (const [name, entries] of entriesOf(showing, path)) {
    const below = path === '' ? name : `${path}/${name}`;
    const [first] = entries;
    if (first === undefined) continue;
    if (!first.stat.isDirectory()) {
      linkSync(inLayer(first.layer, below), inLayer(into, below));
      continue;
    }
    // What is no directory hides all below it.
    const other = entries.findIndex(({ stat }) => !stat.isDirectory());
    const directories = other < 0 ? entries : entries.slice(0, other);
    mkdirSync(inLayer(into, below), { mode: 0o700 });
    mergeDirectory(
      directories.map(({ layer }) => layer),
      below,
      into,
      other >= 0,
    );
  }
  dress(inLayer(into, path), sources.slice(0, showing.length), closed || end >= 0);
}

type Xattrs = readonly (readonly [name: string, value: Buffer])[];
const has = (xattrs: Xattrs, name: string): boolean => xattrs.some(([each, value]) => each === name && value.toString('latin1') === 'y');
const isOpaque = (xattrs: Xattrs): boolean => has(xattrs, OPAQUE);

/** Everything that any of them has there, by its name, each time from the top down. */
function entriesOf(layers: readonly string[], path: string): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const layer of layers)
    for (const bytes of readdirSync(inLayer(layer, path), { encoding: 'buffer' })) {
      const name = bytes.toString('latin1');
      const stat = lstatSync(inLayer(layer, path === '' ? name : `${path}/${name}`), { bigint: true });
      found.set(name, [...(found.get(name) ?? []), { layer, stat }]);
    }
  return found;
}

/** Gives a merged directory what the uppermost has, and the marks of all: where the lowest leads goes on below. */
function dress(directory: Buffer, sources: readonly { readonly stat: BigIntStats; readonly xattrs: Xattrs }[], opaque: boolean): void {
  const [first] = sources;
  if (first === undefined) return;
  const { stat, xattrs } = first;
  if (MARKS === 'trusted') lchownSync(directory, Number(stat.uid), Number(stat.gid));
  const marks = new Set([OPAQUE, REDIRECT, IMPURE]);
  for (const [name, value] of xattrs) if (!marks.has(name)) addon().setXattr(directory, name, value);
  const yes = Buffer.from('y');
  if (sources.some((source) => has(source.xattrs, IMPURE))) addon().setXattr(directory, IMPURE, yes);
  const redirect = sources.at(-1)?.xattrs.find(([name]) => name === REDIRECT);
  if (opaque) addon().setXattr(directory, OPAQUE, yes);
  else if (redirect !== undefined) addon().setXattr(directory, REDIRECT, redirect[1]);
  chmodSync(directory, Number(stat.mode) & 0o7777);
  addon().setTimes(directory, stat.atimeNs, stat.mtimeNs);
}
