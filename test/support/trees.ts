import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { inLayer, walkLayer } from '../../src/archive/walk-layer.ts';

/** All that a copy must keep of every file below a directory: path to what it is. Hard links are told by the first of their names. */
export function describeTree(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const links = new Map<bigint, string>();
  for (const { path, stat, xattrs } of walkLayer(root)) {
    const absolute = inLayer(root, path);
    const size = stat.isDirectory() ? 0n : stat.size;
    const attributes = xattrs.map(([name, value]) => `${name}=${value.toString('hex')}`).sort();
    const first = links.get(stat.ino) ?? path;
    links.set(stat.ino, first);
    const content = stat.isFile()
      ? createHash('sha256').update(readFileSync(absolute)).digest('hex')
      : stat.isSymbolicLink()
        ? readlinkSync(absolute)
        : '';
    found[path] = [stat.mode.toString(8), stat.uid, stat.gid, stat.mtimeNs, stat.rdev, size, content, first, ...attributes].join(' ');
  }
  return found;
}
