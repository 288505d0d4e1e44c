import { findTemplate } from './templates.ts';
import { rulesOf } from './instances.ts';
import type { RestorableImage } from './image-cache.ts';
import type { CloneOrder } from './prepared-root.ts';
import type { RuleSet } from './rules/index.ts';
import { affordable, makeSpare, requestsLeft, type Spare } from './spare.ts';
import type { Store } from './store.ts';

/** How many clones are kept ready for a template, and for how many templates. */
const PER_TEMPLATE = 10;
const TEMPLATES = 4;
/** Refilling waits until clones have not been asked for this long, ms: it must not take the processor from them. */
const QUIET_MS = 8;

interface Shelf {
  readonly rules: RuleSet;
  readonly ready: Spare[];
  /** How many of them may have processes. */
  affordable: number;
  /** Settles when the one that is being made stands on the shelf. */
  making: Promise<void>;
}

/**
 * Clones made ahead for templates that are in use: name, table, layer, mounted view, and processes in synchronized wait, so that a clone
 * only has to be resumed. A spare is a `starting` instance in the records: listed nowhere, and removed by the next daemon when this one
 * dies; its processes end with this daemon's connection to the forge.
 */
export class Spares {
  readonly #shelves = new Map<string, Shelf>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Templates whose shelves are to be filled, once those before them are. */
  readonly #queued = new Set<string>();
  #filling: Promise<void> = Promise.resolve();
  /** Templates whose spares are being removed. */
  readonly #leaving = new Map<string, Promise<void>>();
  #closed = false;
  /** How many drains there have been. */
  #drains = 0;
  /** Clones that are being made now. */
  #busy = 0;

  /** The next spare for an order, or null when it wants something of its own or none is ready. */
  async take({ template, rules, options }: CloneOrder): Promise<Spare | null> {
    if (!isPlain(options)) return null;
    const shelf = this.#shelves.get(template.name);
    if (shelf === undefined) {
      await this.#leaving.get(template.name)?.catch(() => undefined); // whose numbers are the next ones
      return null;
    }
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
      this.#queued.add(template);
      this.#filling = this.#filling.then(() => this.#refill(store, template)).catch(() => undefined); // the next clone makes its own
    }, QUIET_MS);
    timer.unref();
    this.#timers.set(template, timer);
  }

  /** Makes all of a template's spares anew: what they are made with has changed. */
  renew(store: Store, template: string): void {
    if (!this.#shelves.has(template)) return;
    const drained = this.drain(template);
    const drains = this.#drains;
    void drained.then(() => {
      if (drains === this.#drains) this.refillLater(store, template); // or else somebody wants them gone
    });
  }

  /** Removes the spares of a template, last made first, so that their numbers can be given out again. */
  drain(template: string): Promise<void> {
    this.#drains++;
    clearTimeout(this.#timers.get(template));
    this.#timers.delete(template);
    this.#queued.delete(template);
    const shelf = this.#shelves.get(template);
    this.#shelves.delete(template);
    // In the same row as the filling: one that is being made is waited for, and so is a drain that somebody else has begun.
    const drained = this.#filling.then(async () => {
      for (const spare of shelf?.ready.splice(0).reverse() ?? []) await spare.root.undo.run();
      if (this.#leaving.get(template) === drained) this.#leaving.delete(template);
    });
    this.#filling = drained;
    this.#leaving.set(template, drained);
    return drained;
  }

  async drainAll(): Promise<void> {
    this.#drains++;
    for (const template of [...this.#shelves.keys(), ...this.#timers.keys(), ...this.#queued]) void this.drain(template);
    await this.#filling;
  }

  get drains(): number {
    return this.#drains;
  }

  /** Ends all that was made ahead, so that what it holds is free for others; false: nothing was, nor drained since there were `drains`. */
  async makeRoom(drains: number): Promise<boolean> {
    const held = [...this.#shelves.values()].some((shelf) => shelf.ready.some((spare) => spare.held !== null));
    const found = held || this.#drains !== drains;
    await this.drainAll();
    return found;
  }

  /** Frees a name that a spare has, for somebody who asks for it. */
  async giveUp(aid: string): Promise<void> {
    for (const [template, shelf] of this.#shelves)
      if (shelf.ready.some((spare) => spare.root.context.aid === aid)) await this.drain(template);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.drainAll();
  }

  async #refill(store: Store, name: string): Promise<void> {
    if (!this.#queued.delete(name)) return; // drained while it waited for others
    const template = store.db.templates.get(name);
    if (this.#closed || template?.image == null || template.vproc === 'preload') return; // no namespace would end what is held
    const rules = store.rules.latest(rulesOf(template));
    const shelf = this.#shelves.get(name) ?? { rules, ready: [], affordable: PER_TEMPLATE, making: Promise.resolve() };
    this.#shelves.set(name, shelf);
    const image = await store.images.load(store, template);
    while (shelf.ready.length < PER_TEMPLATE && this.#busy === 0 && !this.#timers.has(name) && this.#shelves.get(name) === shelf) {
      shelf.making = addOne(store, shelf, name, image);
      await shelf.making;
    }
    await this.#forgetOldest(name);
  }

  async #forgetOldest(latest: string): Promise<void> {
    for (const [name, shelf] of [...this.#shelves].slice(0, Math.max(0, this.#shelves.size - TEMPLATES))) {
      if (name === latest) continue;
      this.#shelves.delete(name);
      for (const spare of shelf.ready.reverse()) await spare.root.undo.run();
    }
  }
}

async function addOne(store: Store, shelf: Shelf, name: string, image: RestorableImage): Promise<void> {
  const order: CloneOrder = { template: findTemplate(store, name, 'clone'), rules: shelf.rules, options: { template: name } };
  const living = shelf.ready.filter((spare) => spare.held !== null).length;
  const spare = await makeSpare(store, order, image, living < shelf.affordable && requestsLeft());
  shelf.ready.push(spare);
  if (spare.held !== null && living === 0) shelf.affordable = affordable(spare);
}

const isPlain = (options: CloneOrder['options']): boolean =>
  options.aid === undefined &&
  options.rules === undefined &&
  options.vproc === undefined &&
  (options.ports ?? []).length === 0 &&
  Object.keys(options.env ?? {}).length === 0;
