import { lstatSync, readdirSync } from 'node:fs';

/**
 * Private layers in which nothing has been written since a commit gave them to an instance: the next commit need not make a layer of one, and who
 * is committed again and again without writing files doesn't come to stand on a thousand. Only as long as the daemon runs; what isn't known here
 * is taken for written to.
 */
export class UntouchedUppers {
  readonly #changed = new Map<string, bigint>();

  /** `layer` has just been made, and the instance that it is for stands frozen. */
  note(layer: string, directory: string): void {
    this.#changed.set(layer, changeTime(directory));
  }

  /** Whether it is as it was made: without an entry, and nothing came and went, nor were the root's own attributes changed. The instance stands frozen. */
  has(layer: string, directory: string): boolean {
    const changed = this.#changed.get(layer);
    return changed !== undefined && changed === changeTime(directory) && readdirSync(directory).length === 0;
  }

  forget(layer: string): void {
    this.#changed.delete(layer);
  }
}

const changeTime = (directory: string): bigint => lstatSync(directory, { bigint: true }).ctimeNs;
