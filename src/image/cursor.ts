import { AppshotError } from '../errors.ts';
import { readScalar, readStruct, type Fields, type Scalar, type Struct, type StructValue } from '../struct.ts';

/** An image that can't be what it says. `offset`: from the start of the records file. */
export function corrupt(offset: number, why: string): AppshotError {
  return new AppshotError('corrupt', 'image', `${why}, at byte ${offset}`, 'restore it from a copy, or commit anew');
}

/** Reads onward through bytes that nobody vouches for: every step is checked first, and no count is believed before its bytes are there. */
export class Cursor {
  readonly #data: Buffer;
  readonly #base: number;
  #at = 0;

  /** `base`: where the data stands in the file, for messages. */
  constructor(data: Buffer, base: number) {
    this.#data = data;
    this.#base = base;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  /** Throws AppshotError 'corrupt', as all below. */
  bytes(size: number | bigint, what: string): Buffer {
    const at = this.#take(size, what);
    return this.#data.subarray(at, at + Number(size));
  }

  struct<F extends Fields>(type: Struct<F>): StructValue<F> {
    return readStruct(type, this.#data, this.#take(type.size, `struct ${type.tag}`));
  }

  structs<F extends Fields>(type: Struct<F>, count: number): StructValue<F>[] {
    const at = this.#take(count * type.size, `${count} of struct ${type.tag}`);
    return Array.from({ length: count }, (_, i) => readStruct(type, this.#data, at + i * type.size));
  }

  /** As many as there are bytes for; a part of one is a fault. */
  allStructs<F extends Fields>(type: Struct<F>): StructValue<F>[] {
    this.#whole(type.size, `struct ${type.tag}`);
    return this.structs(type, this.left / type.size);
  }

  numbers(kind: Exclude<Scalar, 'u64' | 'i64'>, size: number, count: number): number[] {
    const at = this.#take(count * size, `${count} numbers`);
    return Array.from({ length: count }, (_, i) => Number(readScalar(kind, this.#data, at + i * size)));
  }

  /** Zero bytes up to the next multiple of 8. */
  pad(): void {
    const padding = this.bytes((8 - (this.#at % 8)) % 8, 'padding');
    if (padding.some((byte) => byte !== 0)) throw this.fault('padding is not zero');
  }

  end(): void {
    if (this.left !== 0) throw this.fault(`${this.left} bytes too many`);
  }

  fault(why: string): AppshotError {
    return corrupt(this.#base + this.#at, why);
  }

  #whole(size: number, what: string): void {
    if (this.left % size !== 0) throw this.fault(`${this.left} bytes, no multiple of ${what}`);
  }

  #take(size: number | bigint, what: string): number {
    if (BigInt(size) > BigInt(this.left)) throw this.fault(`${what} needs ${size} bytes and ${this.left} are left`);
    const at = this.#at;
    this.#at += Number(size);
    return at;
  }
}
