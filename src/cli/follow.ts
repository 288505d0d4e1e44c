import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** In case the kernel's notice of a write doesn't come: some file systems send none. */
const POLL_MS = 200;
const CHUNK = 64 * 1024;

/** Copies what is appended to a file to a stream, as it comes, until it is told that no more will. */
export class Follower {
  readonly #file: FileHandle;
  readonly #out: (chunk: Buffer) => Promise<void>;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  readonly #watcher: FSWatcher | null;
  readonly #poll: NodeJS.Timeout;
  #position: number;
  #reading: Promise<void> = Promise.resolve();
  #queued = false;

  private constructor(file: FileHandle, path: string, position: number, out: (chunk: Buffer) => Promise<void>) {
    this.#file = file;
    this.#out = out;
    this.#position = position;
    this.#watcher = watchFile(path, () => {
      this.#wake();
    });
    this.#poll = setInterval(() => {
      this.#wake();
    }, POLL_MS);
    this.#wake();
  }

  /** Throws what open throws. */
  static async start(path: string, position: number, out: (chunk: Buffer) => Promise<void>): Promise<Follower> {
    return new Follower(await open(path, 'r'), path, position, out);
  }

  /** Copies what is still there, then ends. */
  async finish(): Promise<void> {
    this.#watcher?.close();
    clearInterval(this.#poll);
    this.#wake();
    await this.#reading;
    await this.#file.close();
  }

  #wake(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#reading = this.#reading.then(() => {
      this.#queued = false;
      return this.#copy();
    });
  }

  async #copy(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, CHUNK, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      await this.#out(this.#buffer.subarray(0, bytesRead));
    }
  }
}

function watchFile(path: string, changed: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, changed);
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch {
    return null; // No watch to be had: the poll does it.
  }
}

/** Writes and waits until the chunk has been taken; what nobody reads any more is dropped. */
export function writer(stream: Writable): (chunk: Buffer) => Promise<void> {
  return (chunk) =>
    new Promise((resolve) => {
      if (stream.destroyed) resolve();
      else
        stream.write(chunk, () => {
          resolve();
        });
    });
}
