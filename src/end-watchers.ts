/** Who waits for the ends of instances: one that is removed by itself then stays until each has been answered. */
export class EndWatchers {
  readonly #watching = new Map<string, Set<Promise<unknown>>>();

  /** `work` asks how the instance has ended. */
  async during<T>(aid: string, work: () => Promise<T>): Promise<T> {
    const mine = work();
    const all = this.#watching.get(aid) ?? new Set();
    this.#watching.set(aid, all.add(mine));
    try {
      return await mine;
    } finally {
      all.delete(mine);
      if (all.size === 0 && this.#watching.get(aid) === all) this.#watching.delete(aid);
    }
  }

  /** Settles once nobody waits for that end any more. */
  async answered(aid: string): Promise<void> {
    for (let all; (all = this.#watching.get(aid)) !== undefined;) await Promise.allSettled(all);
  }
}
