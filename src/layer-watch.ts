import { relative, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { watch, type FSWatcher } from 'chokidar';
import type { LayerChange, LayerRow, LayerSeal } from '../db/index.ts';
import { MARKS } from './archive/marks.ts';
import type { LayerLook } from './layer-look.ts';
import type { LookAnswer, LookJob } from './layer-look-worker.ts';
import type { Store } from './store.ts';

const entry = new URL(import.meta.url.endsWith('.ts') ? './layer-look-worker.ts' : './layer-look-worker.js', import.meta.url);

/** A layer that was just sealed, and all of them at start, are looked at when whoever works with them has had this long to begin, ms. */
const LATER_MS = 5000;
/** Somebody who changes one file often changes the next. */
const SETTLED_MS = 1000;
/** Layers of up to this many files are watched, up to this many files in all. */
const WATCHED_LAYER = 1000;
const WATCHED_IN_ALL = 8000;
/** Between the time a file was made and the time that is put down for its layer lie roundings of clocks, nanoseconds. */
const SLACK_NS = 20_000_000n;

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

/**
 * Notices what another hand changes in layers that are sealed. Small ones are watched by chokidar. One that is large is not: the watcher
 * would stat every file of a root file system at each start of the daemon, and see nothing of what happened while no daemon ran. So every
 * layer is also looked at, in a thread of its own: once it is sealed, at start, when it is asked about, and when the watcher saw something.
 */
export class LayerWatch {
  readonly #changes = new Map<string, LayerChange>();
  readonly #later = new Set<string>();
  readonly #watched = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #watcher: FSWatcher | null = null;
  #looking: Promise<unknown> = Promise.resolve();
  #worker: Worker | null = null;
  #closed = false;

  /** What is known from before, and a first look at everything. */
  begin(store: Store): void {
    for (const { layer, change } of store.db.seals.changed()) if (change !== null) this.#changes.set(layer, change);
    this.#lookLater(
      store,
      store.db.layers
        .list()
        .filter(isOurs)
        .map(({ id }) => id),
      LATER_MS,
    );
  }

  /** From now on nobody has any business in these layers; others among them are left out. */
  whole(store: Store, layers: readonly string[]): void {
    store.db.seals.mark(layers, now() + SLACK_NS);
    this.#lookLater(store, layers, LATER_MS);
  }

  /** These layers are no more. */
  gone(store: Store, layers: readonly string[]): void {
    for (const id of layers) this.#unwatch(store, id);
  }

  /** What a person should know of the layers that a template or an instance stands on. */
  notes(name: string, stack: () => readonly LayerRow[]): string[] {
    if (this.#changes.size === 0) return [];
    return this.changes(stack()).map(({ paths, count }) => {
      const more = count > paths.length ? ` and ${count - paths.length} more` : '';
      return `a layer was changed by another hand since it was sealed: ${paths.join(', ')}${more}; appshot accept ${name} takes it as it is now`;
    });
  }

  changes(layers: readonly LayerRow[]): (LayerChange & { readonly layer: string })[] {
    return layers.flatMap(({ id }) => {
      const change = this.#changes.get(id);
      return change === undefined ? [] : [{ layer: id, ...change }];
    });
  }

  /** Resolves when each has been looked at. Never throws: what can't be looked at is as it was known. */
  async look(store: Store, layers: readonly LayerRow[], unhurried = false): Promise<void> {
    const ours = layers.filter(isOurs);
    for (const [row, answer] of await this.#ask(store, ours, unhurried)) this.#judge(store, row, answer);
  }

  /** Takes these layers as they are now; what had been changed of them. */
  async accept(store: Store, layers: readonly LayerRow[]): Promise<(LayerChange & { readonly layer: string })[]> {
    await this.look(store, layers);
    const changed = layers.filter(({ id }) => this.#changes.has(id));
    const accepted = this.changes(changed);
    for (const [{ id, path }, answer] of await this.#ask(store, changed, false)) {
      if ('failed' in answer || store.db.layers.get(id) === null) continue;
      store.db.seals.setState(id, answer.state);
      this.#changes.delete(id);
      store.log('a changed layer was accepted', { layer: id, path });
    }
    return accepted.filter(({ layer }) => !this.#changes.has(layer));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all([this.#worker?.terminate(), this.#watcher?.close()]);
  }

  #lookLater(store: Store, layers: readonly string[], ms: number): void {
    for (const id of layers) this.#later.add(id);
    if (this.#timer !== null || this.#closed || layers.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const rows = [...this.#later].map((id) => store.db.layers.get(id)).filter((row) => row !== null);
      this.#later.clear();
      void this.look(store, rows, true);
    }, ms);
    this.#timer.unref();
  }

  /** One look after the other. */
  #ask(store: Store, layers: readonly LayerRow[], unhurried: boolean): Promise<(readonly [LayerRow, LookAnswer])[]> {
    if (layers.length === 0 || this.#closed) return Promise.resolve([]);
    const asked = this.#looking.then(async () => {
      const orders = layers.map(({ id, path }) => {
        const seal = store.db.seals.get(id);
        return { root: path, since: seal?.state?.newest ?? seal?.sealed ?? null, lent: MARKS === 'user' };
      });
      const answers = await this.#inWorker({ layers: orders, unhurried });
      return layers.flatMap((row, at) => {
        const answer = answers[at];
        return answer === undefined ? [] : [[row, answer] as const];
      });
    });
    const settled = asked.catch((error: unknown) => {
      store.log('layers could not be looked at', { error: String(error) });
      return [];
    });
    this.#looking = settled;
    return settled;
  }

  async #inWorker(job: LookJob): Promise<LookAnswer[]> {
    if (this.#closed) return [];
    const worker = new Worker(entry, { workerData: job });
    worker.unref();
    this.#worker = worker;
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => {
          resolve([]);
        });
      });
    } finally {
      await worker.terminate();
      this.#worker = null;
    }
  }

  #judge(store: Store, { id, path }: LayerRow, answer: LookAnswer): void {
    if (this.#closed || !store.db.open) return;
    if (store.db.layers.get(id) === null) {
      this.#unwatch(store, id);
      return;
    }
    store.db.seals.mark([id], now());
    const seal = store.db.seals.get(id);
    if (seal === null) return;
    const found = 'failed' in answer ? { paths: ['/'], count: 1 } : difference(seal, answer);
    if (!('failed' in answer) && seal.change === null) {
      const known = seal.state;
      if (known === null) store.db.seals.setState(id, found === null ? answer.state : { ...answer.state, newest: seal.sealed });
      else if (found === null && known.root !== answer.state.root) store.db.seals.setState(id, answer.state);
    }
    if (found !== null) this.#notice(store, id, path, { ...found, noticed: seal.change?.noticed ?? new Date().toISOString() });
    else if (!('failed' in answer)) this.#watch(store, id, path, answer.state.entries);
  }

  #notice(store: Store, id: string, path: string, change: LayerChange): void {
    if (!this.#changes.has(id)) store.log('a sealed layer was changed by another hand', { layer: id, path, changed: change.paths });
    store.db.seals.setChange(id, change);
    this.#changes.set(id, change);
  }

  #watch(store: Store, id: string, path: string, entries: number): void {
    const all = [...this.#watched.values()].reduce((sum, each) => sum + each, 0);
    if (this.#watched.has(id) || entries > WATCHED_LAYER || all + entries > WATCHED_IN_ALL) return;
    this.#watched.set(id, entries);
    this.#watcher ??= this.#startWatcher(store);
    this.#watcher.add(path);
  }

  #unwatch(store: Store, id: string): void {
    if (this.#watched.delete(id)) this.#watcher?.unwatch(`${store.paths.layers}${sep}${id}`);
    this.#changes.delete(id);
  }

  /** Directories alone: what happens to a file in one is told of by the directory's watch. */
  #startWatcher(store: Store): FSWatcher {
    return watch([], {
      ignoreInitial: true,
      persistent: false,
      followSymlinks: false,
      ignorePermissionErrors: true,
      ignored: (_, stats) => stats !== undefined && !stats.isDirectory(),
    })
      .on('raw', (_event, _name, details) => {
        const { watchedPath = '' } = details as { readonly watchedPath?: string };
        const [id] = relative(store.paths.layers, watchedPath).split(sep);
        if (id !== undefined && this.#watched.has(id)) this.#lookLater(store, [id], SETTLED_MS);
      })
      .on('error', (error) => {
        store.log('layers could not be watched', { error: String(error) });
      });
  }
}

/** A host's directory is its owner's to change, and an open layer its instance's. */
const isOurs = ({ kind, state }: LayerRow): boolean => kind === 'private' && state === 'sealed';

function difference({ state, change }: LayerSeal, { state: found, newer }: LayerLook): { paths: readonly string[]; count: number } | null {
  if (state !== null && state.root !== found.root)
    return state.shape === found.shape && change === null ? null : (change ?? { paths: ['/'], count: 1 });
  if (newer.count > 0) return newer;
  return (state === null || state.shape === found.shape) && change === null ? null : (change ?? { paths: ['/'], count: 1 });
}
