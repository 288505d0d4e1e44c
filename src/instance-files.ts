import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, rmdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePaths } from './paths.ts';

/** The files that belong to one instance, outside its root. */
export interface InstanceFiles {
  readonly directory: string;
  /** Hot copy of its translations (native/shared/table.h). */
  readonly table: string;
  /** Written by its init: `exited N` or `signaled N` once the main process has ended. */
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  /** What the view shows as /etc/ld.so.preload. */
  readonly preload: string;
  /** Where its root is mounted. */
  readonly root: string;
}

export function instanceFiles(paths: StorePaths, aid: string): InstanceFiles {
  const directory = join(paths.instances, aid);
  return {
    directory,
    table: join(directory, 'table'),
    status: join(directory, 'status'),
    stdout: join(directory, 'stdout.log'),
    stderr: join(directory, 'stderr.log'),
    preload: join(directory, 'ld.so.preload'),
    root: join(paths.mounts, aid),
  };
}

/** Where the view shows the library, and the line of /etc/ld.so.preload that loads it. */
export const libraryInView = '/.appshot/libappshot.so';
export const tableInView = '/.appshot/table';

/** Makes the directory and its files; `table` is written sparsely, since most of it is empty room. */
export function makeInstanceFiles(files: InstanceFiles, table: Buffer): void {
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  mkdirSync(files.root, { recursive: true, mode: 0o700 });
  writeSparse(files.table, table);
  writeFileSync(files.status, '', { mode: 0o600 });
  for (const log of [files.stdout, files.stderr]) closeSync(openSync(log, 'a', 0o600));
  writeFileSync(files.preload, `${hostPreload()}${libraryInView}\n`, { mode: 0o644 });
}

export function removeInstanceFiles(files: InstanceFiles): void {
  rmSync(files.directory, { recursive: true, force: true });
  try { rmdirSync(files.root); } catch { /* absent, or still busy: found at the next start */ }
}

/** The main process's end as its init wrote it: exit code, 128+N for a signal; null while it runs. */
export function mainEnded(files: InstanceFiles): number | null {
  if (!existsSync(files.status)) return null;
  const match = /^(exited|signaled) (\d+)/m.exec(readFileSync(files.status, 'latin1'));
  if (match === null) return null;
  return Number(match[2]) + (match[1] === 'signaled' ? 128 : 0);
}

function hostPreload(): string {
  const file = '/etc/ld.so.preload';
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() + '\n' : '';
}

const BLOCK = 4096;

function writeSparse(path: string, content: Buffer): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    ftruncateSync(fd, content.length);
    for (let at = 0; at < content.length; at += BLOCK) {
      const block = content.subarray(at, at + BLOCK);
      if (!block.equals(zeros.subarray(0, block.length))) writeSync(fd, block, 0, block.length, at);
    }
  } finally {
    closeSync(fd);
  }
}
const zeros = Buffer.alloc(BLOCK);
