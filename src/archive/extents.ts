/** Sparse files by what they hold: an image's pages are mostly holes where memory was zero. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { addon } from '../../native/addon.ts';
import { AppshotError } from '../errors.ts';

export interface SparseFile {
  size: number;
  /** In order, not overlapping: where the file is no hole. */
  extents: [start: number, length: number][];
}

const READ_SIZE = 1 << 20;
const ZEROS = Buffer.alloc(READ_SIZE);

export function measureSparse(file: string | Buffer): SparseFile {
  const { size } = statSync(file);
  const flat = addon().dataExtents(file);
  const extents: [number, number][] = [];
  for (let at = 0; at < flat.length; at += 2) extents.push([flat[at] ?? 0, flat[at + 1] ?? 0]);
  return { size, extents };
}

export const dataSize = ({ extents }: Pick<SparseFile, 'extents'>): number => extents.reduce((sum, [, length]) => sum + length, 0);

/** True when extents are in order, do not overlap and lie within the file. */
export function isSound({ size, extents }: SparseFile): boolean {
  let end = 0;
  for (const [start, length] of extents) {
    if (start < end || length <= 0) return false;
    end = start + length;
  }
  return end <= size;
}

export const fileChunks = (file: string): Generator<Buffer> => {
  const { size } = statSync(file);
  return sparseData(file, { extents: [[0, size]] });
};

/** The data of all extents, one after the other. */
export function* sparseData(file: string | Buffer, { extents }: Pick<SparseFile, 'extents'>): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    for (const [start, length] of extents)
      for (let done = 0; done < length;) {
        const buffer = Buffer.allocUnsafe(Math.min(length - done, READ_SIZE));
        const read = readSync(descriptor, buffer, 0, buffer.length, start + done);
        if (read === 0)
          throw new AppshotError('corrupt', file.toString(), 'it became shorter while it was read', 'nobody may change what is sealed');
        done += read;
        yield buffer.subarray(0, read);
      }
  } finally {
    closeSync(descriptor);
  }
}

/** Takes the data of all extents in order, writes the file (null: nowhere), and digests it with its holes read as zeros. */
export class SparseWriter {
  readonly #layout: SparseFile;
  readonly #descriptor: number | null;
  readonly #hash: Hash = createHash('sha256');
  #extent = 0;
  #within = 0;
  #hashed = 0;

  constructor(layout: SparseFile, file: string | null) {
    this.#layout = layout;
    this.#descriptor = file === null ? null : openSync(file, 'wx', 0o600);
    if (this.#descriptor !== null) ftruncateSync(this.#descriptor, layout.size);
  }

  /** Throws what write throws: a full disk. */
  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const extent = this.#layout.extents[this.#extent];
      if (extent === undefined) throw new AppshotError('corrupt', 'pages', 'there is more data than its extents hold');
      const [start, length] = extent;
      const part = chunk.subarray(at, at + length - this.#within);
      this.#zeros(start + this.#within - this.#hashed);
      if (this.#descriptor !== null) writeAll(this.#descriptor, part, start + this.#within);
      this.#hash.update(part);
      this.#hashed += part.length;
      at += part.length;
      this.#within += part.length;
      if (this.#within === length) {
        this.#extent++;
        this.#within = 0;
      }
    }
  }

  /** SHA-256 of the whole file. */
  finish(): Buffer {
    this.#zeros(this.#layout.size - this.#hashed);
    return this.#hash.digest();
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }

  #zeros(count: number): void {
    for (let left = count; left > 0; left -= READ_SIZE) this.#hash.update(left < READ_SIZE ? ZEROS.subarray(0, left) : ZEROS);
    this.#hashed += Math.max(count, 0);
  }
}

function writeAll(descriptor: number, data: Buffer, position: number): void {
  for (let done = 0; done < data.length;) done += writeSync(descriptor, data, done, data.length - done, position + done);
}
