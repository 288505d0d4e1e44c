import test from 'ava';
import fc from 'fast-check';
import { decodeRecord, encodeImage, encodeRecord, MARKS, readHeader, scanRecords } from '../../src/image/index.ts';
import { AppshotError } from '../../src/errors.ts';
import { imageHeader } from '../../src/image/structs.ts';
import { arbitraryRecord, arbitraryRecords } from './arbitrary.ts';

test('every record comes back as it was written', (t) => {
  fc.assert(
    fc.property(arbitraryRecords, (records) => {
      const bytes = encodeImage({}, records);
      const read = scanRecords(bytes, readHeader(bytes)).map(decodeRecord);
      t.is(read.length, records.length);
      read.forEach((record, index) => {
        const { kind, id, mark, name, body } = records[index] ?? t.fail();
        t.deepEqual(
          { kind: record.kind, id: record.id, mark: record.mark, name: record.nameBytes, body: record.body },
          { kind, id, mark: MARKS[mark ?? 'none'], name: Buffer.from(name ?? ''), body },
        );
      });
    }),
    { numRuns: 300 },
  );
});

test('records are multiples of 8 bytes', (t) => {
  fc.assert(
    fc.property(arbitraryRecord, (record) => {
      t.is(encodeRecord(record).length % 8, 0);
    }),
  );
});

function refusal(work: () => unknown): AppshotError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof AppshotError) return error;
    throw error;
  }
}

test('records cut at any length are refused, with the byte named', (t) => {
  fc.assert(
    fc.property(
      arbitraryRecords.filter((records) => records.length > 0),
      fc.nat(),
      (records, at) => {
        const bytes = encodeImage({}, records);
        const length = at % bytes.length;
        const cut = bytes.subarray(0, length);
        const fromHeader = refusal(() => readHeader(cut));
        t.is(fromHeader?.code, 'corrupt');
        t.regex(fromHeader?.message ?? '', /at byte \d+/);
        // and when the header is made to say that this is all:
        if (length < imageHeader.size) return;
        const header = { ...readHeader(bytes), recordsSize: BigInt(length - imageHeader.size) };
        t.is(refusal(() => scanRecords(cut, header).map(decodeRecord))?.code, 'corrupt');
      },
    ),
    { numRuns: 300 },
  );
});

test('bytes changed at random are refused as corrupt or read as something, and nothing else happens', (t) => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(arbitraryRecords, flips, (records, changes) => {
      const bytes = encodeImage({}, records);
      for (const [at, flip] of changes) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
      const began = performance.now();
      const error = refusal(() => scanRecords(bytes, readHeader(bytes)).map(decodeRecord));
      t.true(error === null || error.code === 'corrupt' || error.code === 'unsupported');
      t.true(performance.now() - began < 1000);
    }),
    { numRuns: 1000 },
  );
});

test('sizes and counts beyond all measure allocate nothing', (t) => {
  const shmem = encodeImage({}, [{ kind: 'cgroups', id: 1, body: [1, 2] }]);
  shmem.writeUInt32LE(0xffffffff, imageHeader.size + 4);
  t.regex(
    refusal(() => scanRecords(shmem, readHeader(shmem)))?.message ?? '',
    /data of cgroups 1 needs 4294967295 bytes and 8 are left, at byte/,
  );
  const name = encodeImage({}, [{ kind: 'cgroups', id: 1, body: [1, 2] }]);
  name.writeUInt32LE(0xfffffff9, imageHeader.size);
  t.regex(refusal(() => scanRecords(name, readHeader(name)))?.message ?? '', /name of the record needs/);
});
