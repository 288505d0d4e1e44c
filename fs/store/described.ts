import type { Attributes, Entry, OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

/**
 * A file that describes its template and is never written. While the template is being filled, a copy of a whole tree may bring its
 * own: that is taken and left out.
 */
export class Described implements Entry {
  readonly #file: Entry & { open(): Promise<OpenFile> };
  readonly #open: () => Promise<boolean>;

  constructor(file: Entry & { open(): Promise<OpenFile> }, isOpen: () => Promise<boolean>) {
    this.#file = file;
    this.#open = isOpen;
  }

  stat(): Promise<Attributes> {
    return this.#file.stat();
  }

  async open(flags: number): Promise<OpenFile> {
    if ((flags & 3) === 0) return this.#file.open();
    await this.#allow();
    return { read: async () => 0, write: async (data) => data.length, release: async () => undefined };
  }

  truncate = () => this.#allow();
  chmod = () => this.#allow();
  chown = () => this.#allow();
  utimes = () => this.#allow();

  async #allow(): Promise<void> {
    if (!(await this.#open())) throw new Errno('EACCES');
  }
}
