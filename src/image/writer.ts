/** From records to bytes, and changes in place. The dumper writes images; this is for sealing them, and for tests. */
import { encodeStruct, offsetOf, writeScalar, writeStruct } from '../struct.ts';
import type { Bodies } from './bodies.ts';
import { padded, type Codec } from './codec.ts';
import { codecs } from './codecs.ts';
import { IMAGE_MAGIC, IMAGE_VERSION, MARKS, RECORD_TYPES, type Mark, type RecordType } from './layout.ts';
import { imageHeader, recordHeader, type ImageHeader } from './structs.ts';

interface NewRecordOf<K extends RecordType> {
  readonly kind: K;
  readonly id: number;
  readonly mark?: Mark;
  readonly name?: string | Buffer;
  readonly body: Bodies[K];
}
export type NewRecord = { [K in RecordType]: NewRecordOf<K> }[RecordType];

export function encodeRecord(record: NewRecord): Buffer {
  const name = Buffer.from(record.name ?? '');
  const data = (codecs[record.kind] as Codec<unknown>).write(record.body);
  const header = encodeStruct(recordHeader, {
    nameSize: name.length,
    descriptorSize: data.length,
    type: RECORD_TYPES[record.kind],
    mark: MARKS[record.mark ?? 'none'],
    id: record.id,
  });
  return Buffer.concat([header, padded(name), padded(data)]);
}

/** A records file, its digests not yet filled in. Sizes and counts of records are right whatever `header` says. */
export function encodeImage(header: Partial<ImageHeader>, records: readonly NewRecord[]): Buffer {
  const encoded = records.map(encodeRecord);
  const head = encodeStruct(imageHeader, {
    pageSize: 4096,
    ...header,
    magic: IMAGE_MAGIC,
    version: IMAGE_VERSION,
    headerSize: imageHeader.size,
    recordCount: records.length,
    recordsSize: BigInt(encoded.reduce((sum, record) => sum + record.length, 0)),
  });
  return Buffer.concat([head, ...encoded]);
}

/** Where a record's mark stands, from the start of the record. */
export const markOffset = offsetOf(recordHeader, 'mark');

/** Sets the mark of the record at `offset`, in place. The digests must be made anew. */
export function patchMark(buffer: Buffer, offset: number, mark: Mark): void {
  writeScalar('u16', MARKS[mark], buffer, offset + markOffset);
}

/** The file with records added at its end, header in step, digests not. */
export function appendRecords(buffer: Buffer, header: ImageHeader, records: readonly NewRecord[]): Buffer {
  const longer = Buffer.concat([buffer, ...records.map(encodeRecord)]);
  writeStruct(
    imageHeader,
    {
      recordsSize: BigInt(longer.length - imageHeader.size),
      recordCount: header.recordCount + records.length,
    },
    longer,
  );
  return longer;
}
