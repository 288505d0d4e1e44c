import { constants } from 'node:fs';
import { fileAttributes, type Attributes, type Entry, type OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

/** Rule files are small; what is larger is a mistake. */
const MAX_SIZE = 1 << 20;
const O_ACCMODE = 3;
/** Who cuts the file without having it open has no close to save it at: nobody has opened it by then, ms. */
const CUT_MS = 1000;

export interface RulesStore {
  read(): Promise<string>;
  /** Throws, in words, when the rules can't be these. */
  write(text: string): Promise<void>;
  /** What the last attempt was refused for; null: it was not. */
  setProblem(words: string | null): void;
}

/**
 * The rules of a template as a file that editors can save. What is written becomes the rules when it is closed; what is no rules is
 * refused there with EINVAL, and the file `rules.error` beside it tells why.
 */
export class RulesFile implements Entry {
  readonly #rules: RulesStore;
  #draft: Buffer | null = null;
  #dirty = false;
  #writers = 0;
  #changed = Date.now();

  constructor(rules: RulesStore) {
    this.#rules = rules;
  }

  async stat(): Promise<Attributes> {
    return fileAttributes((await this.#content()).length, this.#changed, 0o644);
  }

  async truncate(size: number): Promise<void> {
    if (size > MAX_SIZE) throw new Errno('EFBIG');
    const now = await this.#content();
    this.#draft = Buffer.concat([now.subarray(0, size), Buffer.alloc(Math.max(0, size - now.length))]);
    this.#dirty = true;
    // The kernel cuts before it opens, too.
    if (this.#writers === 0) setTimeout(() => void this.#saveCut(), CUT_MS).unref();
  }

  async open(flags: number): Promise<OpenFile> {
    const writes = (flags & O_ACCMODE) !== constants.O_RDONLY;
    if (!writes) {
      const text = await this.#content();
      return { read: async (buffer, position) => text.copy(buffer, 0, Math.min(position, text.length)), release: async () => undefined };
    }
    this.#draft ??= await this.#content();
    this.#writers++;
    let wrote = false;
    return {
      read: async (buffer, position) => this.#draft?.copy(buffer, 0, Math.min(position, this.#draft.length)) ?? 0,
      write: async (data, position) => {
        this.#put(data, position);
        wrote = true;
        return data.length;
      },
      // A shell closes a copy of the descriptor before anything is written: nothing is saved by that.
      flush: async () => {
        if (wrote) await this.#save();
      },
      release: async () => {
        this.#writers--;
        await this.#save().catch(() => undefined); // was told at flush
        if (this.#writers === 0) this.#draft = null;
      },
    };
  }

  /** Saves a text as a whole: an editor's own file was moved here. */
  async replace(text: Buffer): Promise<void> {
    this.#draft = text;
    this.#dirty = true;
    try {
      await this.#save();
    } finally {
      if (this.#writers === 0) this.#draft = null;
    }
  }

  // Modes and times of a file that is a record in the daemon's tables mean nothing; editors set them all the same.
  async chmod(): Promise<void> {
    await Promise.resolve();
  }
  async chown(): Promise<void> {
    await Promise.resolve();
  }
  async utimes(): Promise<void> {
    await Promise.resolve();
  }

  async #saveCut(): Promise<void> {
    if (this.#writers > 0) return;
    await this.#save().catch(() => undefined); // what it was refused for stands beside it
    if (this.#writers === 0) this.#draft = null;
  }

  async #content(): Promise<Buffer> {
    return this.#draft ?? Buffer.from(await this.#rules.read());
  }

  #put(data: Buffer, position: number): void {
    const end = position + data.length;
    if (end > MAX_SIZE) throw new Errno('EFBIG');
    const now = this.#draft ?? Buffer.alloc(0);
    const next = Buffer.alloc(Math.max(end, now.length));
    now.copy(next);
    data.copy(next, position);
    this.#draft = next;
    this.#dirty = true;
  }

  async #save(): Promise<void> {
    if (!this.#dirty || this.#draft === null) return;
    this.#dirty = false;
    this.#changed = Date.now();
    try {
      await this.#rules.write(this.#draft.toString('utf8'));
      this.#rules.setProblem(null);
    } catch (error) {
      this.#rules.setProblem(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}
