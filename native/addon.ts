import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { projectRoot } from './programs.ts';
import { join } from 'node:path';

/** All that TypeScript sees of the native addon. Every function throws an Error with a numeric `errno`. */
export interface Addon {
  /** Calls back once when the process has ended; keeps no event loop alive. ESRCH when there is none. */
  watchExit(pid: number, callback: () => void): void;
  /** False when that process (pid and start time in clock ticks, 0 = any) is gone. */
  signalProcess(pid: number, startTicks: number, signal: number): boolean;
  /** A descriptor that holds the exclusive lock, or -1 when another process holds it. */
  lockFile(path: string): number;
  /** Gives a file that was opened without a name (O_TMPFILE) one. EEXIST when something has it. */
  nameFile(descriptor: number, path: string): void;
  /** Detaches a mount; not being mounted is no error. */
  unmount(path: string): void;
  /** The text of /proc/sysvipc/KIND in the IPC namespace of the process. */
  readSysvIpc(pid: number, kind: 'shm' | 'sem' | 'msg'): string;
  /**
   * Names of POSIX message queues, without their slash: those in the IPC namespace of the process, or with a tag, those in ours that begin with
   * it; where those can't be listed, the ones of `noted` that are there.
   */
  messageQueues(pid: number, tag: string, noted: readonly string[]): string[];
  /** Preload mechanism: marks the ids in a table whose process or object is gone; how many there were. */
  collectIds(table: string): number;
  /** Preload mechanism: ends with KILL every process in a table; how many there were. */
  endIds(table: string): number;
  /** Preload mechanism: removes the SysV objects and message queues in a table; how many there were. */
  removeObjects(table: string): number;
  /** No program that is started later inherits a descriptor from this number on. */
  closeOnExec(from: number): void;
  /** What a process has in its page tables: start, length, 1 for pages of its own or 0 for a file's, start... ENOTTY before Linux 6.7. */
  touchedPages(pid: number): number[];
  /** Extended attributes of the file itself (links not followed); paths are text or bytes. */
  xattrs(path: string | Buffer): [name: string, value: Buffer][];
  setXattr(path: string | Buffer, name: string, value: Buffer): void;
  /** A socket, a FIFO, or with S_IFCHR the device 0/0 that marks a removed name. */
  makeNode(path: string | Buffer, mode: number): void;
  /** Nanoseconds; links not followed. */
  setTimes(path: string | Buffer, atime: bigint, mtime: bigint): void;
  /** Where a file is no hole: start, length, start, length... */
  dataExtents(path: string | Buffer): number[];
}

function load(): Addon {
  const tried = [join(projectRoot, 'build', 'Release', 'appshot_addon.node'), join(projectRoot, 'build', 'Debug', 'appshot_addon.node')];
  const found = tried.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`the native addon is not built: looked for ${tried.join(', ')}; run npm test or npm run demo once`);
  return createRequire(import.meta.url)(found) as Addon;
}

let loaded: Addon | undefined;
export function addon(): Addon {
  return (loaded ??= load());
}
