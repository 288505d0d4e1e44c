import { chmodSync, readdirSync, rmSync } from 'node:fs';

/**
 * Removes a layer's directory, or any other, with all that is in it; not being there is no error. A user can't remove anything from a
 * directory that an application made read-only before it is made writable again. Throws what rm throws.
 */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    makeWritable(Buffer.from(path));
    rmSync(path, { recursive: true, force: true });
  }
}

/** Names are bytes: not all are text. */
function makeWritable(directory: Buffer): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }))
    if (entry.isDirectory()) makeWritable(Buffer.concat([directory, Buffer.from('/'), entry.name]));
}
