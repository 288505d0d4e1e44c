import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last line of a file that isn't blank, of what was written since `from` and of its last `most` bytes; null where there is none. Throws what the system says. */
export function lastLine(path: string, most: number, from = 0): string | null {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    // A file that is shorter than it was has been begun anew.
    const start = Math.max(from > size ? 0 : from, size - most);
    const text = Buffer.alloc(size - start);
    readSync(file, text, 0, text.length, start);
    return (
      text
        .toString('utf8')
        .split('\n')
        .findLast((line) => line.trim() !== '') ?? null
    );
  } finally {
    closeSync(file);
  }
}
