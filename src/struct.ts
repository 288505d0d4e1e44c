/**
 * C structures, described once: from the description come the offsets, the TypeScript type, the reader and the writer.
 * Little endian, natural alignment; a structure with implicit padding can't be described, because none of ours has any.
 * A field `startCode` is C's `start_code`.
 */
export type Scalar = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64';

export type Kind =
  | Scalar
  /** So many bytes as they are. */
  | { readonly bytes: number }
  /** char[]: text up to the first NUL. */
  | { readonly text: number }
  | { readonly list: Scalar; readonly length: number }
  | Struct<Fields>;
export type Fields = { readonly [name: string]: Kind };

export type ScalarValue<S extends Scalar> = S extends 'u64' | 'i64' ? bigint : number;
export type KindValue<K> = K extends Scalar
  ? ScalarValue<K>
  : K extends { readonly bytes: number }
    ? Buffer
    : K extends { readonly text: number }
      ? string
      : K extends { readonly list: infer S extends Scalar }
        ? readonly ScalarValue<S>[]
        : K extends Struct<infer F extends Fields>
          ? StructValue<F>
          : never;
export type StructValue<F> = { readonly [N in keyof F]: KindValue<F[N]> };
/** The plain object that a structure is read as. */
export type ValueOf<S> = S extends Struct<infer F extends Fields> ? StructValue<F> : never;

export interface PlacedField {
  readonly name: string;
  readonly kind: Kind;
  readonly offset: number;
  readonly size: number;
}

export interface Struct<F extends Fields> {
  /** The tag in C. */
  readonly tag: string;
  readonly fields: F;
  readonly placed: readonly PlacedField[];
  readonly size: number;
  readonly alignment: number;
}

const SCALAR_SIZE: Readonly<Record<Scalar, number>> = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, i64: 8 };

/** Throws Error for a structure with implicit padding: a mistake in the program, found when it is loaded. */
export function struct<const F extends Fields>(tag: string, fields: F): Struct<F> {
  const placed: PlacedField[] = [];
  let size = 0;
  let alignment = 1;
  for (const [name, kind] of Object.entries(fields)) {
    const align = alignmentOf(kind);
    if (size % align !== 0) throw new Error(`struct ${tag}: padding before ${name}`);
    placed.push({ name, kind, offset: size, size: sizeOf(kind) });
    size += sizeOf(kind);
    alignment = Math.max(alignment, align);
  }
  if (size % alignment !== 0) throw new Error(`struct ${tag}: padding at the end`);
  return { tag, fields, placed, size, alignment };
}

export function sizeOf(kind: Kind): number {
  if (typeof kind === 'string') return SCALAR_SIZE[kind];
  if ('bytes' in kind) return kind.bytes;
  if ('text' in kind) return kind.text;
  if ('list' in kind) return SCALAR_SIZE[kind.list] * kind.length;
  return kind.size;
}

function alignmentOf(kind: Kind): number {
  if (typeof kind === 'string') return SCALAR_SIZE[kind];
  if ('list' in kind) return SCALAR_SIZE[kind.list];
  return 'placed' in kind ? kind.alignment : 1;
}

/** Byte offset of a field. */
export function offsetOf<F extends Fields>(type: Struct<F>, name: keyof F & string): number {
  const field = type.placed.find((other) => other.name === name);
  if (field === undefined) throw new Error(`struct ${type.tag} has no ${name}`);
  return field.offset;
}

/** The structure at `offset`; byte fields are copies. Throws RangeError when the buffer ends before it does. */
export function readStruct<F extends Fields>(type: Struct<F>, buffer: Buffer, offset = 0): StructValue<F> {
  const value: Record<string, unknown> = {};
  for (const field of type.placed) value[field.name] = readKind(field.kind, buffer, offset + field.offset);
  return value as StructValue<F>;
}

function readKind(kind: Kind, buffer: Buffer, at: number): unknown {
  if (typeof kind === 'string') return readScalar(kind, buffer, at);
  if (at + sizeOf(kind) > buffer.length) throw new RangeError(`${sizeOf(kind)} bytes at ${at} of ${buffer.length}`);
  if ('bytes' in kind) return Buffer.from(buffer.subarray(at, at + kind.bytes));
  if ('text' in kind) return textIn(buffer.subarray(at, at + kind.text));
  if ('list' in kind) return Array.from({ length: kind.length }, (_, i) => readScalar(kind.list, buffer, at + i * SCALAR_SIZE[kind.list]));
  return readStruct(kind, buffer, at);
}

function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

export function readScalar(kind: Scalar, buffer: Buffer, at: number): number | bigint {
  switch (kind) {
    case 'u8':
      return buffer.readUInt8(at);
    case 'u16':
      return buffer.readUInt16LE(at);
    case 'u32':
      return buffer.readUInt32LE(at);
    case 'i32':
      return buffer.readInt32LE(at);
    case 'u64':
      return buffer.readBigUInt64LE(at);
    case 'i64':
      return buffer.readBigInt64LE(at);
  }
}

/** Writes the fields that are given, and leaves the others as they are. Throws RangeError for a value that doesn't fit. */
export function writeStruct<F extends Fields>(type: Struct<F>, value: Partial<StructValue<F>>, buffer: Buffer, offset = 0): void {
  for (const field of type.placed) {
    const part: unknown = value[field.name];
    if (part !== undefined) writeKind(field.kind, part, buffer, offset + field.offset);
  }
}

/** The structure's bytes; fields that are not given are zero. */
export function encodeStruct<F extends Fields>(type: Struct<F>, value: Partial<StructValue<F>>): Buffer {
  const buffer = Buffer.alloc(type.size);
  writeStruct(type, value, buffer);
  return buffer;
}

function writeKind(kind: Kind, value: unknown, buffer: Buffer, at: number): void {
  if (typeof kind === 'string') writeScalar(kind, value as number | bigint, buffer, at);
  else if ('bytes' in kind) writeBytes(value as Buffer, kind.bytes, buffer, at);
  else if ('text' in kind) writeBytes(Buffer.from(value as string), kind.text, buffer, at);
  else if ('list' in kind)
    (value as (number | bigint)[]).slice(0, kind.length).forEach((item, i) => {
      writeScalar(kind.list, item, buffer, at + i * SCALAR_SIZE[kind.list]);
    });
  else writeStruct(kind, value as StructValue<Fields>, buffer, at);
}

function writeBytes(bytes: Buffer, size: number, buffer: Buffer, at: number): void {
  if (bytes.length > size) throw new RangeError(`${bytes.length} bytes where ${size} fit`);
  buffer.fill(0, at, at + size);
  bytes.copy(buffer, at);
}

export function writeScalar(kind: Scalar, value: number | bigint, buffer: Buffer, at: number): void {
  switch (kind) {
    case 'u8':
      buffer.writeUInt8(Number(value), at);
      break;
    case 'u16':
      buffer.writeUInt16LE(Number(value), at);
      break;
    case 'u32':
      buffer.writeUInt32LE(Number(value), at);
      break;
    case 'i32':
      buffer.writeInt32LE(Number(value), at);
      break;
    case 'u64':
      buffer.writeBigUInt64LE(BigInt(value), at);
      break;
    case 'i64':
      buffer.writeBigInt64LE(BigInt(value), at);
      break;
  }
}
