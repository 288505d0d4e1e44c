import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { addon } from '../../native/addon.ts';

/** The mark of kernel overlayfs for a directory that hides what lies below it. */
export const OPAQUE = 'trusted.overlay.opaque';

/** Its mark for a directory that was renamed: where in the layers below its content lies. */
export const REDIRECT = 'trusted.overlay.redirect';

/** One file of a layer's directory. Paths are bytes, one character each (latin1): names need not be UTF-8. */
export interface LayerFile {
  /** Relative to the layer; '' for its root. */
  readonly path: string;
  readonly stat: BigIntStats;
  readonly xattrs: readonly (readonly [name: string, value: Buffer])[];
}

export const bytesOf = (path: string): Buffer => Buffer.from(path, 'latin1');
/** A path of a layer as bytes for the system. */
export const inLayer = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), bytesOf(path === '' ? '' : `/${path}`)]);
/** For words: names that are UTF-8 read as such. */
export const shownPath = (path: string): string => bytesOf(path).toString('utf8');

/** A removed name, as kernel overlayfs marks it: character device 0/0. */
export const isWhiteout = (stat: BigIntStats): boolean => stat.isCharacterDevice() && stat.rdev === 0n;

/** Every file of a layer, directories before what is in them, names in byte order: the same layer gives the same sequence. */
export function* walkLayer(root: string): Generator<LayerFile> {
  const left = [''];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const absolute = inLayer(root, path);
    const stat = lstatSync(absolute, { bigint: true });
    yield { path, stat, xattrs: addon().xattrs(absolute) };
    if (!stat.isDirectory()) continue;
    const names = readdirSync(absolute, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    for (const name of names.sort().reverse()) left.push(path === '' ? name : `${path}/${name}`);
  }
}
