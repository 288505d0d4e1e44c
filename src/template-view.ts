import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerRow } from '../db/index.ts';
import { asRoot } from './instances.ts';
import type { Store } from './store.ts';

let counter = 0;

/** Mounts a template's files read-only, links unresolved, for as long as `work` runs. */
export function withTemplateView<T>(store: Store, template: string, work: (root: string) => Promise<T>): Promise<T> {
  return withLayersView(store, store.db.stacks.ofTemplate(template), work);
}

/** The same for any layers, top first; what is written goes into `upper`, where there is one. */
export async function withLayersView<T>(
  store: Store,
  stack: readonly LayerRow[],
  work: (root: string) => Promise<T>,
  upper: string | null = null,
): Promise<T> {
  const aid = `template-view.${process.pid}.${counter++}`;
  const at = join(store.paths.mounts, aid);
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const layers = asRoot(stack);
  try {
    await store.view.mount({
      aid,
      at,
      upper,
      layers: layers.directories,
      live: layers.live,
      masks: layers.live ? [store.paths.data, store.paths.state, store.paths.run, '/proc', '/sys', '/dev'] : [],
      injected: [],
      shared: [],
      variables: [],
      aliases: [],
      links: [],
    });
    return await work(at);
  } finally {
    await store.view.unmount(aid).catch(() => undefined);
    try {
      rmdirSync(at);
    } catch {
      /* still busy: the next start removes it */
    }
  }
}
