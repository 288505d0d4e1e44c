import { execFile, execFileSync } from 'node:child_process';
import type { LayerRow } from '../db/index.ts';
import { layerDirectory } from './instances.ts';
import type { Store } from './store.ts';

/** Records a layer whose files are in place and will never change again. */
export async function insertSealedLayer(store: Store, id: string): Promise<void> {
  const path = layerDirectory(store, id);
  const size = await diskUsageLater(path);
  store.db.layers.insert({ id, kind: 'private', path, state: 'sealed', size, created: new Date().toISOString() });
}

/** Bytes on disk of a layer. One that was sealed in O(1) is measured when somebody first wants to know. */
export async function layerSize(store: Store, { id, path, size, state }: LayerRow): Promise<number> {
  if (size > 0) return size;
  const measured = await diskUsageLater(path);
  if (state === 'sealed') store.db.layers.setSize(id, measured);
  return measured;
}

/** Has the records of a template's layers say what they take. */
export async function measureLayers(store: Store, template: string): Promise<void> {
  for (const layer of store.db.stacks.ofTemplate(template)) if (layer.kind === 'private') await layerSize(store, layer);
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
