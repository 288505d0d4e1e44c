import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;

/** Where the last `lines` lines of a file begin, in bytes; reads from its end, as far as it must. */
export async function tailStart(path: string, lines: number): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(CHUNK);
    // The newline that ends the file ends its last line: it doesn't begin another.
    let wanted = lines + 1;
    if (lines === 0) return size;
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - CHUNK);
      const { bytesRead } = await file.read(buffer, 0, end - start, start);
      if (end === size && buffer[bytesRead - 1] !== 10) wanted = lines;
      for (let at = bytesRead - 1; at >= 0; at--) if (buffer[at] === 10 && --wanted === 0) return start + at + 1;
      end = start;
    }
    return 0;
  } finally {
    await file.close();
  }
}
