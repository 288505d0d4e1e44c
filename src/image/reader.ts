/** From bytes to records. Pure: nothing here is believed before it is checked, and nothing is created on its word. */
import type { ImageRecord, RawRecord } from './bodies.ts';
import type { Codec } from './codec.ts';
import { codecs } from './codecs.ts';
import { corrupt, Cursor } from './cursor.ts';
import { readHeader } from './header.ts';
import { isDescription, markName, recordTypeName } from './layout.ts';
import { imageHeader, recordHeader, type ImageHeader } from './structs.ts';
import { validate } from './validate.ts';

export interface Image {
  readonly header: ImageHeader;
  readonly records: readonly ImageRecord[];
  /** Ids of the images whose pages this one refers to, in the order of RECORD_PAGES ids 1, 2, ... */
  readonly parents: readonly string[];
}

/** A whole records file. Throws AppshotError 'corrupt' and names the byte, or 'unsupported' for another version. */
export function parseImage(buffer: Buffer): Image {
  const header = readHeader(buffer);
  const records = scanRecords(buffer, header).map(decodeRecord);
  const parents = validate(header, records);
  return { header, records, parents };
}

/** The records without looking into their data: for finding some of them, or their marks. */
export function scanRecords(buffer: Buffer, header: ImageHeader): RawRecord[] {
  const records: RawRecord[] = [];
  const seen = new Set<string>();
  let offset = imageHeader.size;
  while (offset < buffer.length) {
    if (records.length === header.recordCount) throw corrupt(offset, `more than the ${header.recordCount} records that the header counts`);
    const { record, next } = scanOne(buffer, offset);
    const key = identity(record);
    if (key !== null && seen.has(key)) throw corrupt(offset, `a second ${record.kind} ${record.id}`);
    if (key !== null) seen.add(key);
    records.push(record);
    offset = next;
  }
  if (records.length !== header.recordCount)
    throw corrupt(offset, `${records.length} records where the header counts ${header.recordCount}`);
  return records;
}

function scanOne(buffer: Buffer, offset: number): { record: RawRecord; next: number } {
  const cursor = new Cursor(buffer.subarray(offset), offset);
  const { nameSize, descriptorSize, type: typeNumber, mark, id } = cursor.struct(recordHeader);
  const type = recordTypeName(typeNumber);
  if (type === undefined) throw corrupt(offset, `unknown record type ${typeNumber}`);
  if (markName(mark) === undefined) throw corrupt(offset, `unknown mark ${mark}`);
  const name = cursor.bytes(nameSize, 'name of the record');
  cursor.pad();
  const data = cursor.bytes(descriptorSize, `data of ${type} ${id}`);
  cursor.pad();
  return { record: { offset, kind: type, mark, id, name, data }, next: buffer.length - cursor.left };
}

/**
 * What no two records may share: ids are unique within a type, and over all types of open descriptions. A process may have
 * several timers and a queue of its own beside the shared one; rules go by names. Null: anything may repeat.
 */
function identity({ kind, id, name }: RawRecord): string | null {
  if (kind === 'rule' || kind === 'posix_timer') return null;
  if (kind === 'sigpending') return `${kind} ${id} ${name.toString('latin1')}`;
  return isDescription(kind) ? `description ${id}` : `${kind} ${id}`;
}

/** Throws AppshotError 'corrupt'. */
export function decodeRecord(raw: RawRecord): ImageRecord {
  const codec = codecs[raw.kind] as Codec<unknown>;
  const cursor = new Cursor(raw.data, dataOffset(raw));
  const body = codec.read(cursor);
  cursor.end();
  return { ...raw, name: raw.name.toString('utf8'), nameBytes: raw.name, body } as ImageRecord;
}

function dataOffset(raw: RawRecord): number {
  return raw.offset + recordHeader.size + Math.ceil(raw.name.length / 8) * 8;
}
