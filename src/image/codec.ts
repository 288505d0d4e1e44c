/** The ways in which the data of records is built, each with both directions side by side. */
import { encodeStruct, type Fields, type Struct, type StructValue } from '../struct.ts';
import type { Cursor } from './cursor.ts';

export interface Codec<B> {
  /** Takes all of the cursor, or throws AppshotError 'corrupt'. */
  read(cursor: Cursor): B;
  write(body: B): Buffer;
}

export const nothing: Codec<null> = { read: () => null, write: () => Buffer.alloc(0) };

export const whole: Codec<Buffer> = { read: (cursor) => Buffer.from(cursor.bytes(cursor.left, 'data')), write: (body) => body };

export function one<F extends Fields>(type: Struct<F>): Codec<StructValue<F>> {
  return { read: (cursor) => cursor.struct(type), write: (body) => encodeStruct(type, body) };
}

/** As many as there are, or exactly `count`. */
export function many<F extends Fields>(type: Struct<F>, count?: number): Codec<readonly StructValue<F>[]> {
  return {
    read: (cursor) => (count === undefined ? cursor.allStructs(type) : cursor.structs(type, count)),
    write: (body) => encodeMany(type, body),
  };
}

export function encodeMany<F extends Fields>(type: Struct<F>, values: readonly StructValue<F>[]): Buffer {
  return Buffer.concat(values.map((value) => encodeStruct(type, value)));
}

export function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}
