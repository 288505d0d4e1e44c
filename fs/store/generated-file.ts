import { fileAttributes, type Attributes, type Entry, type OpenFile } from './entry.ts';

/** How long a text is shown as it was: its size is asked for right before it is read, and both must speak of one text. */
const FRESH_MS = 500;

/** A read-only file whose content is made when somebody looks. One of these lasts as long as its path is looked at. */
export class GeneratedFile implements Entry {
  readonly #make: () => Promise<string>;
  readonly #fresh: number;
  #text: Promise<Buffer> | null = null;
  #made = 0;

  constructor(make: () => Promise<string>, fresh = FRESH_MS) {
    this.#make = make;
    this.#fresh = fresh;
  }

  async stat(): Promise<Attributes> {
    const { length } = await this.#current();
    return fileAttributes(length, this.#made, 0o444);
  }

  /** A reader goes on with the text as it was when the file was opened. */
  async open(): Promise<OpenFile> {
    const text = await this.#current();
    return {
      read: async (buffer, position) => text.copy(buffer, 0, Math.min(position, text.length)),
      release: async () => undefined,
    };
  }

  #current(): Promise<Buffer> {
    const now = Date.now();
    if (this.#text === null || now - this.#made >= this.#fresh) {
      this.#made = now;
      this.#text = this.#make().then((text) => Buffer.from(text));
      this.#text.catch(() => {
        this.#text = null;
      });
    }
    return this.#text;
  }
}
