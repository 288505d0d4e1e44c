import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findTemplate } from './templates.ts';
import { rulesOf } from './instances.ts';
import { prepareRoot, type CloneOrder, type PreparedRoot } from './prepared-root.ts';
import type { RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';

/** How many roots are kept ready for a template, and for how many templates. */
const PER_TEMPLATE = 10;
const TEMPLATES = 4;
/** Refilling waits until clones have not been asked for this long, ms: it must not take the processor from them. */
const QUIET_MS = 8;

interface Shelf {
  readonly rules: RuleSet;
  readonly ready: PreparedRoot[];
  /** Settles when the one that is being made stands on the shelf. */
  making: Promise<void>;
}

/**
 * Roots made ahead for templates that are in use, so that a clone finds its name, table, layer and mounted view waiting and only its
 * processes have to be made. A spare is a `starting` instance in the records: listed nowhere, and removed by the next daemon when this
 * one dies.
 */
export class Spares {
  readonly #shelves = new Map<string, Shelf>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #filling: Promise<void> = Promise.resolve();
  #closed = false;
  /** Clones that are being made now. */
  #busy = 0;

  /** The next spare for an order, or null when it wants something of its own or none is ready. */
  async take({ template, rules, options }: CloneOrder): Promise<PreparedRoot | null> {
    const shelf = this.#shelves.get(template.name);
    if (shelf === undefined || !isPlain(options)) return null;
    if (shelf.rules !== rules) {
      await this.drain(template.name);
      return null;
    }
    // One that is being made is nearly there, and numbers are given out in order.
    if (shelf.ready.length === 0) await shelf.making.catch(() => undefined);
    return shelf.ready.shift() ?? null;
  }

  /** Runs the making of clones: nothing is made ahead meanwhile, and afterwards what was taken is made again. */
  async during<T>(store: Store, template: string, work: () => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      this.refillLater(store, template);
    }
  }

  /** Fills the shelf of a template once clones have not been asked for a while. */
  refillLater(store: Store, template: string): void {
    clearTimeout(this.#timers.get(template));
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(template);
      this.#filling = this.#filling.then(() => this.#refill(store, template)).catch(() => undefined); // the next clone makes its own
    }, QUIET_MS);
    timer.unref();
    this.#timers.set(template, timer);
  }

  /** Removes the spares of a template, last made first, so that their numbers can be given out again. */
  async drain(template: string): Promise<void> {
    clearTimeout(this.#timers.get(template));
    this.#timers.delete(template);
    await this.#filling;
    const shelf = this.#shelves.get(template);
    this.#shelves.delete(template);
    for (const ready of shelf?.ready.reverse() ?? []) await ready.undo.run();
  }

  async drainAll(): Promise<void> {
    for (const template of [...this.#shelves.keys(), ...this.#timers.keys()]) await this.drain(template);
  }

  /** Frees a name that a spare has, for somebody who asks for it. */
  async giveUp(aid: string): Promise<void> {
    for (const [template, shelf] of this.#shelves) if (shelf.ready.some((ready) => ready.context.aid === aid)) await this.drain(template);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.drainAll();
  }

  async #refill(store: Store, name: string): Promise<void> {
    const template = store.db.templates.get(name);
    if (this.#closed || template?.image == null) return;
    const rules = store.rules.latest(rulesOf(template));
    const shelf = this.#shelves.get(name) ?? { rules, ready: [], making: Promise.resolve() };
    this.#shelves.set(name, shelf);
    const image = await store.images.load(store, template);
    while (shelf.ready.length < PER_TEMPLATE && this.#busy === 0 && !this.#timers.has(name) && this.#shelves.get(name) === shelf) {
      shelf.making = addOne(store, shelf, name, image.opened);
      await shelf.making;
    }
    await this.#forgetOldest(name);
  }

  async #forgetOldest(latest: string): Promise<void> {
    for (const [name, shelf] of [...this.#shelves].slice(0, Math.max(0, this.#shelves.size - TEMPLATES))) {
      if (name === latest) continue;
      this.#shelves.delete(name);
      for (const ready of shelf.ready.reverse()) await ready.undo.run();
    }
  }
}

async function addOne(store: Store, shelf: Shelf, name: string, opened: readonly string[]): Promise<void> {
  const ready = await prepareRoot(store, { template: findTemplate(store, name, 'clone'), rules: shelf.rules, options: { template: name } });
  shelf.ready.push(ready);
  await warm(ready, opened);
}

const isPlain = (options: CloneOrder['options']): boolean =>
  options.aid === undefined &&
  options.rules === undefined &&
  options.vproc === undefined &&
  (options.ports ?? []).length === 0 &&
  Object.keys(options.env ?? {}).length === 0;

/** Looks up once what a restore will open, so that the kernel knows it when it matters. */
async function warm(ready: PreparedRoot, opened: readonly string[]): Promise<void> {
  for (const path of ['/proc', '/sys', '/dev', '/dev/shm', ...opened]) await stat(join(ready.files.root, path)).catch(() => undefined); // not there any more: the restore will say so
}
