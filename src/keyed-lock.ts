/** Runs at most one piece of work at a time per key; others wait their turn in order. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** Holds all of them at once; in one order, whoever asks, so that none waits for another for ever. */
  holdAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    return [...new Set(keys)].sort().reduceRight<() => Promise<T>>((inner, key) => () => this.hold(key, inner), work)();
  }
}
