import type { OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

/** Open files by the numbers that the kernel knows them by; 0 is none of them, since fuse-native takes it for no answer. */
export class Handles {
  readonly #open = new Map<number, OpenFile>();
  #last = 0;

  add(file: OpenFile): number {
    do this.#last = (this.#last % 0x7fff_fffe) + 1;
    while (this.#open.has(this.#last));
    this.#open.set(this.#last, file);
    return this.#last;
  }

  get(handle: number): OpenFile {
    const file = this.#open.get(handle);
    if (file === undefined) throw new Errno('EBADF');
    return file;
  }

  remove(handle: number): OpenFile {
    const file = this.get(handle);
    this.#open.delete(handle);
    return file;
  }
}
