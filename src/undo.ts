/** What has been made so far and how to take it back, newest first: a failed operation leaves no trace. */
export class Undo {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Runs every step; one that fails doesn't stop the others. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch {
        /* what it would undo is gone, or a later start finds it as garbage */
      }
    }
  }

  /** Runs `work`; when it throws, undoes and throws on. */
  static async guard<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
    const undo = new Undo();
    try {
      return await work(undo);
    } catch (error) {
      await undo.run();
      throw error;
    }
  }
}
