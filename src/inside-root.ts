import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { AppshotError } from './errors.ts';

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/**
 * What a path means to those who have `root` as their `/`, as a path of the host: a symbolic link leads on from that root, never out of it.
 * `follow`: one that is the path's own last name too; after a trailing slash it always is. What isn't there stands as it was written.
 * Throws AppshotError `failed` for links that go round, and what lstat throws.
 */
export function insideRoot(root: string, path: string, follow: boolean): string {
  const names: string[] = [];
  const rest = path.split('/');
  for (let links = 0; rest.length > 0;) {
    const name = rest.shift() ?? '';
    if (name === '..') names.pop();
    if (name === '' || name === '.' || name === '..') continue;
    names.push(name);
    if (rest.length === 0 && !follow) break;
    const here = join(root, ...names);
    if (itself(here)?.isSymbolicLink() !== true) continue;
    if (++links > MOST_LINKS) throw new AppshotError('failed', `look up ${path}`, 'too many levels of symbolic links');
    const target = readlinkSync(here);
    names.pop();
    if (target.startsWith('/')) names.length = 0;
    rest.unshift(...target.split('/'));
  }
  return join(root, ...names);
}

/** What has that very name, links not followed; null where there is nothing. Throws what else lstat throws. */
export function itself(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
