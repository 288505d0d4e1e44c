import { addon } from '../native/addon.ts';
import type { PidPair } from './types.ts';

/** Pages that a clone has needed, as the forge's order has them: which to copy ahead, and which to map ahead. */
export interface TouchedPages {
  readonly written: readonly string[];
  readonly read: readonly string[];
  /** What is written, bytes. */
  readonly writtenBytes: number;
}

/** More than this is no longer what a clone needs first, bytes of one template. */
const MOST_WRITTEN = 16 * 2 ** 20;
const MOST_READ = 64 * 2 ** 20;

/** What these processes have in their page tables; null when one has ended, or the kernel (before Linux 6.7) doesn't tell. */
export function touchedBy(pids: readonly PidPair[]): TouchedPages | null {
  const written = new Ranges(MOST_WRITTEN);
  const read = new Ranges(MOST_READ);
  try {
    for (const { virtual, system } of pids) {
      const found = addon().touchedPages(system);
      for (let i = 0; i + 2 < found.length; i += 3) (found[i + 2] === 1 ? written : read).add(virtual, found[i] ?? 0, found[i + 1] ?? 0);
    }
  } catch {
    return null;
  }
  return { written: written.fields, read: read.fields, writtenBytes: written.bytes };
}

class Ranges {
  readonly fields: string[] = [];
  bytes = 0;
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  add(pid: number, start: number, length: number): void {
    if (length > this.#left) return;
    this.#left -= length;
    this.bytes += length;
    this.fields.push(`${pid}:${start.toString(16)}:${length.toString(16)}`);
  }
}
