import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * All that a program can see of a tree, one line a path, by path. Files of one inode are told by the first of their names; times only as
 * far as they were set (whole seconds before 1970-01-01T06:00). The count of a directory's links is not told: a merged directory says 1.
 * `links`: whether those of files are.
 */
export function snapshot(root: string, links: boolean): string[] {
  const firstNames = new Map<bigint, string>();
  const lines: string[] = [];
  const visit = (at: string): void => {
    for (const name of readdirSync(join(root, at)).toSorted()) {
      const path = at === '' ? name : `${at}/${name}`;
      const full = join(root, path);
      const st = lstatSync(full, { bigint: true });
      const looks = `${path} ${st.mode.toString(8)} ${st.uid} ${st.gid} ${st.mtimeMs < 21_600_000n ? st.mtimeMs : 'now'}`;
      if (st.isDirectory()) {
        lines.push(looks);
        visit(path);
        continue;
      }
      const first = firstNames.get(st.ino) ?? path;
      firstNames.set(st.ino, first);
      const what = st.isSymbolicLink() ? readlinkSync(full) : readFileSync(full, 'latin1');
      lines.push(`${looks} ${st.size} links=${links ? st.nlink : '-'} as=${first} ${what}`);
    }
  };
  visit('');
  return lines;
}

/** The inode number of every path. */
export function inodes(root: string): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    found.set(name, lstatSync(join(root, name), { bigint: true }).ino);
  return found;
}
