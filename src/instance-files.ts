import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { table as tableLayout } from '../vproc/table-layout.ts';
import type { StorePaths } from './paths.ts';

const tableSize = tableLayout.size;

/** The files that belong to one instance, outside its root. */
export interface InstanceFiles {
  readonly directory: string;
  /** Hot copy of its translations (native/shared/table.h). */
  readonly table: string;
  /** Written by its init: `running`, and `exited N` or `signaled N` once the main process has ended. Each life has a file of its own there. */
  readonly status: string;
  /** While it is suspended: where the holder of its sockets listens. No longer than the daemon's own socket, whatever the AID is. */
  readonly kept: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Where its root is mounted. */
  readonly root: string;
}

export function instanceFiles(paths: StorePaths, aid: string): InstanceFiles {
  const directory = join(paths.instances, aid);
  return {
    directory,
    table: join(directory, 'table'),
    status: join(directory, 'status'),
    kept: join(paths.run, keptName(aid)),
    stdout: join(directory, 'stdout.log'),
    stderr: join(directory, 'stderr.log'),
    root: join(paths.mounts, aid),
  };
}

const keptName = (aid: string): string => `k${createHash('sha256').update(aid).digest('base64url').slice(0, 10)}`;

/** Of the names in a store's run directory, those that are such sockets. */
export const isKeptName = (name: string): boolean => /^k[\w-]{10}$/.test(name);

/** Where the view shows the AID's table. */
export const tableInView = '/.appshot/table';

/** Makes the directory and its files anew; `table` is the head of the table, the rest of which is empty room. */
export function makeInstanceFiles(files: InstanceFiles, table: Buffer): void {
  for (const directory of [files.directory, files.root]) makeDirectory(directory);
  writeSparse(files.table, table, tableSize);
  for (const file of [files.status, files.stdout, files.stderr]) closeSync(openSync(file, file === files.status ? 'w' : 'a', 0o600));
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export function removeInstanceFiles(files: InstanceFiles): void {
  for (const path of [files.kept, files.directory]) rmSync(path, { recursive: true, force: true });
  try {
    rmdirSync(files.root);
  } catch {
    /* absent, or still busy: found at the next start */
  }
}

/** The main process's end as its init wrote it: exit code, 128+N for a signal; null while it runs. */
export function mainEnded(files: InstanceFiles): number | null {
  return endIn(lastWord(files));
}

/** The exit code that an init's word tells of. */
export function endIn(word: string | null): number | null {
  const match = /^(exited|signaled) (\d+)/m.exec(word ?? '');
  if (match === null) return null;
  return Number(match[2]) + (match[1] === 'signaled' ? 128 : 0);
}

/** What its init wrote last; null where there is no file, as for a moment when a new life begins. */
export function lastWord(files: InstanceFiles): string | null {
  try {
    return readFileSync(files.status, 'latin1').trim();
  } catch {
    return null;
  }
}

const BLOCK = 4096;

function writeSparse(path: string, content: Buffer, size: number): void {
  const fd = openSync(path, 'w', 0o666);
  try {
    fchmodSync(fd, 0o666); // processes of any user in the instance claim ports here; the directory keeps others out
    ftruncateSync(fd, size);
    for (let at = 0; at < content.length; at += BLOCK) {
      const block = content.subarray(at, at + BLOCK);
      if (!block.equals(zeros.subarray(0, block.length))) writeSync(fd, block, 0, block.length, at);
    }
  } finally {
    closeSync(fd);
  }
}
const zeros = Buffer.alloc(BLOCK);
