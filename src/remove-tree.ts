import { randomUUID } from 'node:crypto';
import { chmodSync, opendirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { runTool, saidBy } from './run-tool.ts';

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

/** So many entries are removed sooner than a program is started that does it. */
const FEW = 300;

/**
 * As removeTree, but others are served meanwhile, however much is in there. Its name is free at once; what a killed daemon leaves of it has a
 * name that no row knows, and goes at the next start.
 */
export async function discardTree(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    removeTree(path); // on a full disk there may be no room for another name
    return;
  }
  if (!isFew(aside)) await runTool('rm', ['-rf', '--', aside]).catch(notAllowed);
  removeTree(aside);
}

/** A user's read-only directories are left to removeTree. */
function notAllowed(error: unknown): void {
  if (!saidBy(error).includes('Permission denied')) throw error;
}

function isFew(path: string): boolean {
  const left = [Buffer.from(path)];
  let seen = 0;
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    let directory;
    try {
      directory = opendirSync(at, { encoding: 'buffer' as BufferEncoding });
    } catch {
      return false;
    }
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (++seen > FEW) return false;
        if (entry.isDirectory()) left.push(Buffer.concat([at, Buffer.from('/'), entry.name as unknown as Buffer]));
      }
    } finally {
      directory.closeSync();
    }
  }
  return true;
}

/** Names are bytes: not all are text. */
function makeWritable(directory: Buffer): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }))
    if (entry.isDirectory()) makeWritable(Buffer.concat([directory, Buffer.from('/'), entry.name]));
}
