import { readFileSync } from 'node:fs';

/** Unique set size of a process in bytes: pages that no other process maps. 0 when it is gone or can't be read. */
export function uniqueSetSize(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return kilobytes(text, 'Private_Clean') + kilobytes(text, 'Private_Dirty') + kilobytes(text, 'Private_Hugetlb');
  } catch {
    return 0;
  }
}

/** Memory that would be free without this process, bytes: its private pages and its part of shared memory, not of files. */
export function footprint(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return kilobytes(text, 'Pss_Anon') + kilobytes(text, 'Pss_Shmem');
  } catch {
    return 0;
  }
}

const kilobytes = (text: string, key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
