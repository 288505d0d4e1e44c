import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inWorker } from './archive/in-worker.ts';
import { layerDirectory } from './instances.ts';
import type { Store } from './store.ts';
import type { Undo } from './undo.ts';

/** Sealed layers with the content of an OCI image layout's, top first. Throws AppshotError; `undo` takes them back. */
export async function fillFromLayout(store: Store, layout: string, undo: Undo): Promise<readonly string[]> {
  const into = join(store.paths.layers, randomUUID());
  mkdirSync(into, { mode: 0o700 });
  try {
    const unpacked = await inWorker({ kind: 'unpack', layout, into, what: `create from ${layout}` });
    return unpacked.map(({ id, size }) => {
      const path = layerDirectory(store, id);
      renameSync(join(into, id), path);
      undo.add(() => {
        rmSync(path, { recursive: true, force: true });
      });
      store.db.layers.insert({ id, kind: 'private', path, state: 'sealed', size, created: new Date().toISOString() });
      undo.add(() => {
        store.db.layers.remove(id);
      });
      return id;
    });
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}
