/** An archive of a template taken apart, changed, and put together again with digests that fit: so that what is changed is looked into. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DIGESTS_NAME, MANIFEST_NAME } from '../../src/archive/manifest.ts';
import { BLOCK, padding, TAR_END, tarHead } from '../../src/archive/tar-head.ts';
import { sealHeader } from '../../src/image/digests.ts';
import { imageHeader } from '../../src/image/structs.ts';
import { offsetOf, readStruct } from '../../src/struct.ts';

export interface Part {
  readonly name: string;
  readonly data: Buffer;
}

/** The members of an uncompressed archive; their names are short. */
export function parts(tar: Buffer): Part[] {
  const found: Part[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const name = tar.toString('latin1', at, tar.indexOf(0, at));
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    found.push({ name, data: tar.subarray(at + BLOCK, at + BLOCK + size) });
    at += BLOCK + size + padding(size);
  }
  return found;
}

export function archive(all: readonly Part[]): Buffer {
  const members = all.flatMap(({ name, data }) => [
    tarHead({ path: name, type: 'file', size: data.length, mode: 0o600 }),
    data,
    Buffer.alloc(padding(data.length)),
  ]);
  return Buffer.concat([...members, TAR_END]);
}

/** With digests of what its other members are by now. */
export function digested(all: readonly Part[]): Part[] {
  const others = all.filter(({ name }) => name !== DIGESTS_NAME);
  const digests = others.map(({ name, data }) => [name, createHash('sha256').update(data).digest('hex')] as const);
  return [...others, { name: DIGESTS_NAME, data: Buffer.from(JSON.stringify(Object.fromEntries(digests))) }];
}

/** What doesn't belong where it is put. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1,
    0.5,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
    1e300,
    [],
    {},
    [null],
    [[]],
    '',
    'x',
    '/',
    '..',
    '../../x',
  ),
  fc.constantFrom<unknown>(
    '\0',
    '/a\0b',
    'a\nb',
    '/etc/passwd',
    '/proc/self/mem',
    '\ud800',
    '\u202e',
    'x'.repeat(5000),
    '-1',
    '9'.repeat(40),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

export interface ManifestChange {
  readonly at: number;
  readonly how: 'set' | 'drop' | 'twice' | 'other';
  readonly value: unknown;
}
export const manifestChange: fc.Arbitrary<ManifestChange> = fc.record({
  at: fc.nat(1 << 20),
  how: fc.constantFrom<ManifestChange['how']>('set', 'set', 'set', 'drop', 'twice', 'other'),
  value: oddValue,
});

type Place = readonly [holder: Record<string, unknown> | unknown[], key: string];

function* places(value: unknown): Generator<Place> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, below] of Object.entries(value)) {
    yield [value as Place[0], key];
    // Extents of memory and digests of files would be all that is ever changed.
    if (!Array.isArray(value) || Number(key) < 2) yield* places(below);
  }
}

/** One value of the manifest in the place of another, none, or twice. */
export function changedManifest(bytes: Buffer, changes: readonly ManifestChange[]): Buffer {
  const manifest = JSON.parse(bytes.toString()) as unknown;
  for (const { at, how, value } of changes) {
    const all = [...places(manifest)];
    const [holder, key] = all[at % Math.max(all.length, 1)] ?? [];
    if (holder === undefined || key === undefined) continue;
    const into = holder as Record<string, unknown>;
    const [other, otherKey] = all[(at * 7) % all.length] ?? [holder, key];
    if (how === 'set') into[key] = value;
    else if (how === 'other') into[key] = structuredClone((other as Record<string, unknown>)[otherKey]);
    else if (how === 'drop') Reflect.deleteProperty(into, key);
    else if (Array.isArray(holder)) holder.push(structuredClone(into[key]));
    else into[`${key}2`] = structuredClone(into[key]);
  }
  return Buffer.from(JSON.stringify(manifest));
}

export interface ByteChange {
  readonly at: number;
  readonly kind: 'bit' | 'word' | 'cut' | 'move' | 'zeros';
  readonly value: number;
}
export const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  at: fc.nat(1 << 24),
  kind: fc.constantFrom<ByteChange['kind']>('bit', 'bit', 'bit', 'word', 'cut', 'move', 'zeros'),
  value: fc.oneof(fc.constantFrom(0, 1, 255, 0x7fffffff, 0xffffffff), fc.nat()),
});

export function changedBytes(sound: Buffer, changes: readonly ByteChange[], from = 0): Buffer {
  let bytes = Buffer.from(sound);
  for (const { at, kind, value } of changes) {
    const room = Math.max(bytes.length - from, 1);
    const where = from + (at % room);
    if (kind === 'bit') bytes[where] = (bytes[where] ?? 0) ^ (1 << (value % 8));
    else if (kind === 'word' && where + 4 <= bytes.length) bytes.writeUInt32LE(value >>> 0, where);
    else if (kind === 'move') bytes.copy(bytes, where, from + (value % room));
    else if (kind === 'zeros') bytes.fill(0, where, Math.min(where + (value % 1024), bytes.length));
    else if (kind === 'cut') bytes = bytes.subarray(0, where);
  }
  return bytes;
}

/** The records of an image, changed behind their header, and sealed again. */
export function changedRecords(sound: Buffer, changes: readonly ByteChange[]): Buffer {
  const bytes = changedBytes(sound, changes, imageHeader.size);
  bytes.writeBigUInt64LE(BigInt(bytes.length - imageHeader.size), offsetOf(imageHeader, 'recordsSize'));
  sealHeader(bytes, readStruct(imageHeader, sound).pagesSha256);
  return bytes;
}

/** `change` is made to the one member whose name is so, and the manifest told of its size. */
export function withMember(all: readonly Part[], name: RegExp, change: (data: Buffer) => Buffer): Part[] {
  const manifest = JSON.parse(all.find((part) => part.name === MANIFEST_NAME)?.data.toString() ?? '') as {
    images: { id: string; records: number }[];
    layers: { id: string; size: number }[];
  };
  const next = all.map((part) => (name.test(part.name) ? { ...part, data: change(part.data) } : part));
  const sizeOf = (member: string): number => next.find((part) => part.name === member)?.data.length ?? 0;
  for (const image of manifest.images) image.records = sizeOf(`images/${image.id}/records`);
  for (const layer of manifest.layers) if ('size' in layer) layer.size = sizeOf(`layers/${layer.id}.tar`);
  return next.map((part) => (part.name === MANIFEST_NAME ? { ...part, data: Buffer.from(JSON.stringify(manifest)) } : part));
}
