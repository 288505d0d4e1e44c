import { fileAttributes, type Entry, type OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

const MAX_SIZE = 4 << 20;
const MAX_FILES = 64;

/** Files that editors make beside the one they save (backups, swap files): in memory, and gone with the mount. */
export class Scratch {
  readonly #files = new Map<string, ScratchFile>();

  names(): string[] {
    return [...this.#files.keys()];
  }

  get(name: string): ScratchFile | null {
    return this.#files.get(name) ?? null;
  }

  create(name: string): Promise<OpenFile> {
    if (this.#files.size >= MAX_FILES) throw new Errno('ENOSPC');
    const file = new ScratchFile();
    this.#files.set(name, file);
    return file.open();
  }

  remove(name: string): boolean {
    return this.#files.delete(name);
  }

  rename(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) throw new Errno('ENOENT');
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  put(name: string, content: Buffer): void {
    this.#files.set(name, new ScratchFile(content));
  }
}

export class ScratchFile implements Entry {
  #content: Buffer;
  #changed = Date.now();
  #mode = 0o600;

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#content = content;
  }

  get content(): Buffer {
    return this.#content;
  }

  stat = async () => fileAttributes(this.#content.length, this.#changed, this.#mode);

  truncate = async (size: number) => {
    this.#resize(size);
  };

  open = async (): Promise<OpenFile> => ({
    read: async (buffer, position) => this.#content.copy(buffer, 0, Math.min(position, this.#content.length)),
    write: async (data, position) => {
      if (position + data.length > this.#content.length) this.#resize(position + data.length);
      data.copy(this.#content, position);
      this.#changed = Date.now();
      return data.length;
    },
    release: async () => undefined,
  });

  chmod = async (mode: number) => {
    this.#mode = mode & 0o777;
  };
  chown = async () => undefined;
  utimes = async () => undefined;

  #resize(size: number): void {
    if (size > MAX_SIZE) throw new Errno('EFBIG');
    const next = Buffer.alloc(size);
    this.#content.copy(next);
    this.#content = next;
    this.#changed = Date.now();
  }
}
