import { closeSync, constants, openSync, readSync } from 'node:fs';

/** What a file is to the preload library: reached, passed by, or not a program at all. */
export type Linkage = 'dynamic' | 'static' | 'script' | 'unknown';

const PT_INTERP = 3;

/** Reads the first bytes of a program. Never throws: a file that can't be read is `unknown`. */
export function linkage(path: string): Linkage {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO of that name holds nobody up
  } catch {
    return 'unknown';
  }
  try {
    const head = Buffer.alloc(4096);
    const got = readSync(fd, head, 0, head.length, 0);
    if (head.toString('latin1', 0, 2) === '#!') return 'script';
    if (got < 64 || head.toString('latin1', 0, 4) !== '\x7fELF' || head[4] !== 2) return 'unknown';
    return hasInterpreter(fd, head) ? 'dynamic' : 'static';
  } catch {
    return 'unknown';
  } finally {
    closeSync(fd);
  }
}

function hasInterpreter(fd: number, head: Buffer): boolean {
  const offset = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  const table = Buffer.alloc(size * count);
  readSync(fd, table, 0, table.length, offset);
  return Array.from({ length: count }, (_, i) => table.readUInt32LE(i * size)).includes(PT_INTERP);
}

/** The interpreter that a script's first line names, or null. */
export function interpreter(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO of that name holds nobody up
  } catch {
    return null;
  }
  try {
    const head = Buffer.alloc(256);
    const line = head.toString('latin1', 0, readSync(fd, head, 0, 256, 0)).split('\n', 1)[0] ?? '';
    return /^#!\s*(\S+)/.exec(line)?.[1] ?? null;
  } finally {
    closeSync(fd);
  }
}
