import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { LayerRow } from '../db/index.ts';
import { inWorker } from './archive/in-worker.ts';
import { collectGarbage } from './garbage.ts';
import { layerDirectory } from './instances.ts';
import { diskUsageLater } from './layers.ts';
import { removeTree } from './remove-tree.ts';
import { runTool } from './run-tool.ts';
import type { Store } from './store.ts';

/** Layers that become one; `into`: its id. */
interface Fold {
  readonly layers: readonly LayerRow[];
  readonly into: string;
}

/**
 * Neighbouring layers that this template alone stands on become one, so that what the upper ones cover is freed. No view has them but perhaps that of
 * a mounted store, which takes the new one at its next look. Returns how many layers less there are. The template's lock is
 * held, and nothing is made ahead of it.
 *
 * A daemon that is killed in between leaves the old layers, with their files, and a directory that no record knows. Throws AppshotError, and then nothing has changed.
 */
export async function foldLayers(store: Store, template: string): Promise<number> {
  const folds: Fold[] = [];
  const what = `flatten ${template}`;
  try {
    for (const run of runsOf(store, store.db.stacks.ofTemplate(template))) {
      await store.layers.look(store, run);
      // What another hand has changed is not to become right by this.
      if (store.layers.changes(run).length === 0) folds.push(...(await foldRun(store, run, what)));
    }
    const fewer = await settle(store, template, folds);
    await collectGarbage(store);
    // With the old ones' names for them, the change times of the files have moved for the last time.
    const made = folds.map(({ into }) => into);
    store.db.seals.forget(made);
    store.layers.gone(store, made);
    store.layers.whole(store, made);
    return fewer;
  } catch (error) {
    takeBack(store, folds);
    throw error;
  }
}

const isAlone = (store: Store, { id, kind, state }: LayerRow): boolean =>
  kind === 'private' && state === 'sealed' && store.db.stacks.usersOf(id) === 1;

/** Neighbours of whom each stands under nothing but this, top first. */
function runsOf(store: Store, stack: readonly LayerRow[]): LayerRow[][] {
  const runs: LayerRow[][] = [[]];
  for (const layer of stack)
    if (isAlone(store, layer)) runs.at(-1)?.push(layer);
    else runs.push([]);
  return runs.filter((run) => run.length > 1);
}

async function foldRun(store: Store, run: readonly LayerRow[], what: string): Promise<Fold[]> {
  const ids = run.map(() => randomUUID());
  const places = ids.map((id) => layerDirectory(store, id));
  // A file's change time moves with its number of names: that is no other hand's doing.
  store.db.seals.forget(run.map(({ id }) => id));
  try {
    const merged = await inWorker({ kind: 'merge', layers: run.map(({ path }) => path), places, what });
    // The old ones go once the records say so: then the new ones must be on the disk.
    for (const { first } of merged) await runTool('sync', ['-f', places[first] ?? '']);
    return merged.map(({ first, count }) => ({ layers: run.slice(first, first + count), into: ids[first] ?? '' }));
  } catch (error) {
    for (const place of places) if (existsSync(place)) removeTree(place);
    throw error;
  } finally {
    store.layers.whole(
      store,
      run.map(({ id }) => id),
    );
  }
}

async function settle(store: Store, template: string, folds: readonly Fold[]): Promise<number> {
  const sizes = new Map<string, number>();
  for (const { into } of folds) sizes.set(into, await diskUsageLater(layerDirectory(store, into)));
  let fewer = 0;
  store.db.transaction(() => {
    let stack = store.db.stacks.ofTemplate(template).map(({ id }) => id);
    for (const fold of folds) {
      const { layers, into } = fold;
      // A clone may have been made meanwhile, which stands on the old ones.
      if (!layers.every((layer) => isAlone(store, layer))) continue;
      store.db.layers.insert({
        id: into,
        kind: 'private',
        path: layerDirectory(store, into),
        state: 'sealed',
        size: sizes.get(into) ?? 0,
        created: new Date().toISOString(),
      });
      const at = stack.indexOf(layers[0]?.id ?? '');
      stack = stack.toSpliced(at, layers.length, into);
      fewer += layers.length - 1;
    }
    if (fewer > 0) store.db.stacks.setForTemplate(template, stack);
  });
  takeBack(store, folds);
  const { image } = store.db.templates.get(template) ?? { image: null };
  if (image !== null) store.images.forget(image);
  return fewer;
}

/** Removes what was made and is not used. */
function takeBack(store: Store, folds: readonly Fold[]): void {
  for (const { into } of folds) if (store.db.layers.get(into) === null) removeTree(layerDirectory(store, into));
}
