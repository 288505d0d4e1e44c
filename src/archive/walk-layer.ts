import { chmodSync, lstatSync, readdirSync, type BigIntStats, type Stats } from 'node:fs';
import { addon } from '../../native/addon.ts';
import { bytesOf } from '../byte-paths.ts';
import { MARKS } from './marks.ts';

/** One file of a layer's directory. Paths are bytes, one character each (latin1): names need not be UTF-8. */
export interface LayerFile {
  /** Relative to the layer; '' for its root. */
  readonly path: string;
  readonly stat: BigIntStats;
  readonly xattrs: readonly (readonly [name: string, value: Buffer])[];
}

/** A path of a layer as bytes for the system. */
export const inLayer = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), bytesOf(path === '' ? '' : `/${path}`)]);

/** Character devices 0/0, and 0/1 where a store lies on overlayfs: see native/fuse/whiteout.h. */
export const isWhiteoutDevice = (rdev: number): boolean => rdev <= 1;

/** A removed name, as kernel overlayfs marks it. */
export const isWhiteout = (stat: Stats | BigIntStats): boolean => stat.isCharacterDevice() && isWhiteoutDevice(Number(stat.rdev));

const OWNER_READS = 0o400;
/** A user reads no file whose mode forbids it, not even his own: it is opened to him for as long as it is looked at. */
const isClosed = (stat: BigIntStats): boolean => MARKS === 'user' && stat.isFile() && (Number(stat.mode) & OWNER_READS) === 0;

/** Every file of a layer, directories before what is in them, names in byte order: the same layer gives the same sequence. */
export function* walkLayer(root: string): Generator<LayerFile> {
  const left = [''];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const absolute = inLayer(root, path);
    const stat = lstatSync(absolute, { bigint: true });
    const closed = isClosed(stat);
    if (closed) chmodSync(absolute, OWNER_READS);
    try {
      yield { path, stat, xattrs: addon().xattrs(absolute) };
    } finally {
      if (closed) chmodSync(absolute, Number(stat.mode) & 0o7777);
    }
    if (!stat.isDirectory()) continue;
    const names = readdirSync(absolute, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    for (const name of names.sort().reverse()) left.push(path === '' ? name : `${path}/${name}`);
  }
}
