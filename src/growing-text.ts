import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const CHUNK = 256 * 1024;
/** What is kept of what was looked at before, in characters: what is looked for may have been written in several pieces. */
const KEPT = 64 * 1024;

/** Stands where something was cut off, so that no line seems to begin there. */
const CUT = '\0';

/** A log that is looked through as it grows: each byte is read once, however often it is asked and however long it has become. */
export class GrowingText {
  readonly #file: string;
  readonly #decoder = new StringDecoder('utf8');
  #position: number;
  #kept = '';

  /** `from`: in bytes. */
  constructor(file: string, from: number) {
    this.#file = file;
    this.#position = from;
  }

  /** Whether `found` says so of what was written since, with the end of what came before. Throws what the system says. */
  grown(found: (text: string) => boolean): boolean {
    const file = openSync(this.#file, 'r');
    try {
      if (fstatSync(file).size < this.#position) this.#position = 0; // begun anew
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (;;) {
        const length = readSync(file, buffer, 0, CHUNK, this.#position);
        if (length === 0) return false;
        this.#position += length;
        const text = this.#kept + this.#decoder.write(buffer.subarray(0, length));
        if (found(text)) return true;
        this.#kept = text.length <= KEPT ? text : `${CUT}${text.slice(-KEPT)}`;
      }
    } finally {
      closeSync(file);
    }
  }
}
