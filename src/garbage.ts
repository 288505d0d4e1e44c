import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeImageFiles } from './image-store.ts';
import { instanceFiles, isKeptName } from './instance-files.ts';
import type { Store } from './store.ts';
import { discardTree, removeTree } from './remove-tree.ts';

/** Removes layers and images that no template and no instance stands on, their rows and their files. */
export async function collectGarbage(store: Store): Promise<void> {
  for (const image of store.db.images.unreferenced()) {
    removeImageFiles(join(store.paths.images, image.id));
    store.db.images.remove(image.id);
    store.images.forget(image.id);
  }
  const layers = store.db.layers.unreferenced().map(({ id }) => ({ id, directory: join(store.paths.layers, id) }));
  for (const { id, directory } of layers)
    makingRoom(directory, () => {
      store.db.layers.remove(id);
    });
  for (const { directory } of layers) await discardTree(directory);
  store.layers.gone(
    store,
    layers.map(({ id }) => id),
  );
}

/** On a full disk not even a removal can be recorded: then what is removed goes before its record. */
export function makingRoom(directory: string, record: () => void): void {
  try {
    record();
  } catch (error) {
    if ((error as { code?: string }).code !== 'no-space') throw error;
    removeTree(directory);
    record();
  }
}

/**
 * Removes directories that no row knows: what a killed daemon, dumper or import left. Only at start, before any work. A copy that a
 * killed daemon began may still be writing there: what can't be removed yet is left to the next start.
 */
export function sweepStrays(store: Store): void {
  const known: readonly (readonly [directory: string, names: readonly string[]])[] = [
    [store.paths.images, store.db.images.list().map((image) => image.id)],
    [store.paths.layers, store.db.layers.list().map((layer) => layer.id)],
    [store.paths.instances, store.db.instances.list().map((row) => row.aid)],
  ];
  for (const [directory, names] of known) {
    const kept = new Set(names);
    for (const name of readdirSync(directory)) if (!kept.has(name)) sweep(store, join(directory, name));
  }
  const kept = new Set(store.db.instances.list().map(({ aid }) => instanceFiles(store.paths, aid).kept));
  const sockets = readdirSync(store.paths.run).filter(isKeptName);
  for (const path of sockets.map((name) => join(store.paths.run, name))) if (!kept.has(path)) rmSync(path, { force: true });
}

function sweep(store: Store, path: string): void {
  try {
    removeTree(path);
  } catch (error) {
    store.log('what an earlier daemon left could not be removed', { path, error: String(error) });
  }
}
