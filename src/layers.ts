import { execFile, execFileSync } from 'node:child_process';
import { layerDirectory } from './instances.ts';
import type { Store } from './store.ts';

/** Records a layer whose files are in place and will never change again. */
export async function insertSealedLayer(store: Store, id: string): Promise<void> {
  const path = layerDirectory(store, id);
  const size = await diskUsageLater(path);
  store.db.layers.insert({ id, kind: 'private', path, state: 'sealed', size, created: new Date().toISOString() });
}

/** As diskUsage, while others are answered. */
export function diskUsageLater(path: string): Promise<number> {
  return new Promise((resolve) => {
    execFile('du', ['-s', '-B1', path], (_, stdout) => {
      resolve(Number.parseInt(stdout, 10) || 0);
    });
  });
}

/** Bytes on disk below a directory, 0 when it can't be read. */
export function diskUsage(path: string): number {
  try {
    return Number(execFileSync('du', ['-s', '-B1', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\t')[0]);
  } catch {
    return 0;
  }
}
