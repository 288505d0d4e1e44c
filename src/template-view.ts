import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerRow } from '../db/index.ts';
import { asRoot } from './instances.ts';
import type { Store } from './store.ts';

const PREFIX = 'template-view.';
let counter = 0;

/** Mounts a template's files read-only, links unresolved, for as long as `work` runs. */
export function withTemplateView<T>(store: Store, template: string, work: (root: string) => Promise<T>): Promise<T> {
  return withLayersView(store, store.db.stacks.ofTemplate(template), work);
}

/** The same for any layers, top first. */
export function withLayersView<T>(store: Store, stack: readonly LayerRow[], work: (root: string) => Promise<T>): Promise<T> {
  return withView(store, stack, null, work);
}

/** The same, and what is written goes into the directory `upper`. `work` is told too what the view server knows it by. */
export async function withView<T>(
  store: Store,
  stack: readonly LayerRow[],
  upper: string | null,
  work: (root: string, aid: string) => Promise<T>,
): Promise<T> {
  const aid = `${PREFIX}${process.pid}.${counter++}`;
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
    return await work(at, aid);
  } finally {
    await takeDown(store, aid);
  }
}

/** What daemons that were killed have left mounted. Only at start, before any work. */
export async function removeStrayViews(store: Store): Promise<void> {
  const mounted = await store.view.mounted();
  const left = readdirSync(store.paths.mounts);
  for (const aid of new Set([...mounted, ...left])) if (aid.startsWith(PREFIX)) await takeDown(store, aid);
}

async function takeDown(store: Store, aid: string): Promise<void> {
  await store.view.unmount(aid).catch(() => undefined);
  try {
    rmdirSync(join(store.paths.mounts, aid));
  } catch {
    /* still busy: the next start removes it */
  }
}
