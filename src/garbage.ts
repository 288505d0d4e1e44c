import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeImageFiles } from './image-store.ts';
import { instanceFiles, isKeptName } from './instance-files.ts';
import type { Store } from './store.ts';
import { removeTree } from './remove-tree.ts';

/** Removes layers and images that no template and no instance stands on, their rows and their files. */
export function collectGarbage(store: Store): void {
  for (const image of store.db.images.unreferenced()) {
    removeImageFiles(join(store.paths.images, image.id));
    store.db.images.remove(image.id);
  }
  for (const layer of store.db.layers.unreferenced()) {
    removeTree(join(store.paths.layers, layer.id));
    store.db.layers.remove(layer.id);
  }
}

/** Removes directories that no row knows: what a killed daemon, dumper or import left. Only at start, before any work. */
export function sweepStrays(store: Store): void {
  const images = new Set(store.db.images.list().map((image) => image.id));
  const layers = new Set(store.db.layers.list().map((layer) => layer.id));
  const instances = new Set(store.db.instances.list().map((row) => row.aid));
  for (const name of readdirSync(store.paths.images)) if (!images.has(name)) removeImageFiles(join(store.paths.images, name));
  for (const name of readdirSync(store.paths.layers)) if (!layers.has(name)) removeTree(join(store.paths.layers, name));
  for (const name of readdirSync(store.paths.instances)) if (!instances.has(name)) removeTree(join(store.paths.instances, name));
  const kept = new Set([...instances].map((aid) => instanceFiles(store.paths, aid).kept));
  const sockets = readdirSync(store.paths.run).filter(isKeptName);
  for (const path of sockets.map((name) => join(store.paths.run, name))) if (!kept.has(path)) rmSync(path, { force: true });
}
