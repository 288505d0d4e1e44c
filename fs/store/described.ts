import type { Attributes, Entry, OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

const MOST_CHECKED = 1 << 20;

/**
 * A file that describes its template and is never written. While the template is being filled, a copy of a whole tree may bring its
 * own: that is taken and left out.
 */
export class Described implements Entry {
  readonly #file: Entry & { open(): Promise<OpenFile> };
  readonly #open: () => Promise<boolean>;
  readonly #check: (text: string) => void;

  /** `check` throws when what is copied can't be had by a copy of files. */
  constructor(
    file: Entry & { open(): Promise<OpenFile> },
    isOpen: () => Promise<boolean>,
    check: (text: string) => void = () => undefined,
  ) {
    this.#file = file;
    this.#open = isOpen;
    this.#check = check;
  }

  stat(): Promise<Attributes> {
    return this.#file.stat();
  }

  async open(flags: number): Promise<OpenFile> {
    if ((flags & 3) === 0) return this.#file.open();
    await this.#allow();
    let text = '';
    return {
      read: async () => 0,
      write: async (data) => {
        text = `${text}${data.toString('utf8')}`.slice(0, MOST_CHECKED);
        return data.length;
      },
      flush: async () => {
        this.#check(text);
      },
      release: async () => undefined,
    };
  }

  truncate = () => this.#allow();
  chmod = () => this.#allow();
  chown = () => this.#allow();
  utimes = () => this.#allow();

  async #allow(): Promise<void> {
    if (!(await this.#open())) throw new Errno('EACCES');
  }
}
