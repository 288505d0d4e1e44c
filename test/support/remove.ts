import { existsSync, rmSync } from 'node:fs';

/**
 * Removes a directory with all that is in it, from which a program that ends may be removing its own files at the same time: Node 22 and later stop
 * there in silence. Throws when something is left after some tries.
 */
export function removeAll(directory: string): void {
  for (let tries = 100; existsSync(directory); tries--) {
    if (tries === 0) throw new Error(`${directory} can't be removed`);
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
