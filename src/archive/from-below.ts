/**
 * What an OCI layer says of the layers below it without saying it: hard links to their files, and directories that it doesn't name. tar,
 * which sees the one layer alone, finds no file to link to, and makes such directories as it likes. Runs in the worker.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs';
import { addon } from '../../native/addon.ts';
import { shownPath } from '../byte-paths.ts';
import { AppshotError } from '../errors.ts';
import { OPAQUE_NAME, WHITEOUT } from './layer-tar.ts';
import { MARK_PREFIX, MARKS, OPAQUE } from './marks.ts';
import type { TarNames } from './tar-names.ts';
import { keepingTimes } from './unpack-layer.ts';
import { inLayer, isWhiteout } from './walk-layer.ts';

export interface Unpacked {
  /** What tar has made of the layer; its `.wh.` names are names still. */
  readonly directory: string;
  readonly names: TarNames;
  /** Top first, with marks. */
  readonly below: readonly string[];
}

/**
 * Makes the links that are not there. As an overlay brings a file up before it changes, the file below is copied, and both names are
 * the copy's. Throws AppshotError 'corrupt' or 'unsupported', and what making files throws.
 */
export function linkBelow(layer: Unpacked): void {
  const { directory, names } = layer;
  const brought = new Set<string>();
  for (const { path, target } of names.links) {
    if (statOf(directory, path) !== null) continue;
    checkInside(path);
    checkInside(target);
    if (statOf(directory, target) === null) {
      bringUp(layer, path, target);
      brought.add(target);
    }
    makeParents(layer, path);
    within(directory, path, () => {
      linkSync(inLayer(directory, target), inLayer(directory, path));
    });
  }
  // Removed by the layer itself: only the links to it are left.
  for (const path of brought)
    if (isRemoved(directory, path))
      within(directory, path, () => {
        unlinkSync(inLayer(directory, path));
      });
}

/** A directory that a layer has something in but doesn't name is what it is below; tar has made it anew. */
export function inheritDirectories({ directory, names, below }: Unpacked): void {
  const left = [''];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const found = names.directories.has(path) ? null : shownBelow(below, path);
    if (found?.stat.isDirectory() === true) copyAttributes(inLayer(found.layer, path), inLayer(directory, path), found.stat);
    for (const entry of readdirSync(inLayer(directory, path), { encoding: 'buffer', withFileTypes: true }))
      if (entry.isDirectory()) left.push(path === '' ? entry.name.toString('latin1') : `${path}/${entry.name.toString('latin1')}`);
  }
}

function checkInside(path: string): void {
  if (path.split('/').includes('..')) throw new AppshotError('corrupt', shownPath(path), 'a link leads out of its layer');
}

const statOf = (root: string, path: string): BigIntStats | null =>
  lstatSync(inLayer(root, path), { bigint: true, throwIfNoEntry: false }) ?? null;
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const within = (directory: string, path: string, work: () => void): void => {
  keepingTimes(inLayer(directory, parentOf(path)), work);
};

/** `a`, `a/b`, `a/b/c` of `a/b/c`. */
const ways = (path: string): string[] => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));

/** What the layers below show at a path; null for nothing. */
function shownBelow(below: readonly string[], path: string): { layer: string; stat: BigIntStats } | null {
  for (const layer of below) {
    let opaque = false;
    for (const way of ways(path)) {
      const stat = statOf(layer, way);
      if (stat === null) break;
      if (isWhiteout(stat)) return null;
      if (way === path) return { layer, stat };
      if (!stat.isDirectory()) return null;
      opaque ||= addon()
        .xattrs(inLayer(layer, way))
        .some(([name]) => name === OPAQUE);
    }
    if (opaque) return null;
  }
  return null;
}

function bringUp(layer: Unpacked, path: string, target: string): void {
  const found = shownBelow(layer.below, target);
  if (found === null) throw new AppshotError('corrupt', shownPath(path), `it is a link to ${shownPath(target)}, which no layer has`);
  makeParents(layer, target);
  within(layer.directory, target, () => {
    copyFile(inLayer(found.layer, target), inLayer(layer.directory, target), found.stat, shownPath(target));
  });
}

function copyFile(from: Buffer, to: Buffer, stat: BigIntStats, shown: string): void {
  if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to);
  else throw new AppshotError('unsupported', shown, 'a link to a special file of a layer below');
  copyAttributes(from, to, stat);
}

function copyAttributes(from: Buffer, to: Buffer, stat: BigIntStats): void {
  if (MARKS === 'trusted') lchownSync(to, Number(stat.uid), Number(stat.gid));
  if (!stat.isSymbolicLink()) chmodSync(to, Number(stat.mode) & 0o7777);
  for (const [name, value] of addon().xattrs(from)) if (!name.startsWith(MARK_PREFIX)) addon().setXattr(to, name, value);
  addon().setTimes(to, stat.atimeNs, stat.mtimeNs);
}

function makeParents({ directory, below }: Unpacked, path: string): void {
  for (const way of ways(path).slice(0, -1)) {
    const there = statOf(directory, way);
    if (there?.isDirectory() === true) continue;
    const found = shownBelow(below, way);
    if (there !== null || found?.stat.isDirectory() === false)
      throw new AppshotError('corrupt', shownPath(path), `${shownPath(way)} is no directory`);
    within(directory, way, () => {
      mkdirSync(inLayer(directory, way), { mode: 0o755 });
    });
  }
}

/** Whether the layer itself hides what lies below at a path. */
function isRemoved(directory: string, path: string): boolean {
  return ways(path).some((way) => {
    const at = way.lastIndexOf('/') + 1;
    const before = way.slice(0, at);
    return [`${before}${WHITEOUT}${way.slice(at)}`, `${before}${OPAQUE_NAME}`].some((mark) => statOf(directory, mark) !== null);
  });
}
