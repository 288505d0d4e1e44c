import { randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { AppshotError } from '../../src/errors.ts';
import {
  checkHeader,
  encodeImage,
  mappedFiles,
  mismatches,
  parseImage,
  readHeader,
  sealHeader,
  thisMachine,
  verifyPages,
  verifyRecords,
  type NewRecord,
} from '../../src/image/index.ts';
import { imageExtent, imageFd, imageHeader, imageProcess, imageVma } from '../../src/image/structs.ts';
import { offsetOf } from '../../src/struct.ts';
import { filled, sampleHeader, sampleImage, sampleRecords } from './sample.ts';

function code(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof AppshotError) return error.code;
    throw error;
  }
}

test('a sound image is read', (t) => {
  const { header, records, parents } = parseImage(sampleImage());
  t.is(header.mainPid, 7);
  t.is(header.kernelRelease, '6.18.1');
  t.is(records.length, sampleRecords().length);
  t.deepEqual(parents, ['parent-image']);
  t.deepEqual(mappedFiles({ records }), [{ id: 100, path: '/usr/bin/server' }]);
});

test('a sealed image is trusted, and no single changed byte of it is', (t) => {
  const bytes = sampleImage();
  t.is(
    code(() => verifyRecords(bytes)),
    'corrupt',
  );
  sealHeader(bytes, randomBytes(32));
  t.is(verifyRecords(bytes).pagesSize, 0x3000);
  for (let at = 0; at < bytes.length; at++) {
    const before = bytes[at] ?? 0;
    bytes[at] = before ^ (1 << (at % 8));
    const verdict = code(() => verifyRecords(bytes));
    t.true(verdict === 'corrupt' || verdict === 'unsupported', `byte ${at}`);
    bytes[at] = before;
  }
  t.is(
    code(() => verifyRecords(bytes)),
    'accepted',
  );
});

test('a sealed image cut or lengthened anywhere is refused', (t) => {
  const bytes = sampleImage();
  sealHeader(bytes, randomBytes(32));
  for (let length = 0; length < bytes.length; length += 7)
    t.is(
      code(() => verifyRecords(bytes.subarray(0, length))),
      'corrupt',
    );
  t.is(
    code(() => verifyRecords(Buffer.concat([bytes, Buffer.alloc(8)]))),
    'corrupt',
  );
});

test('pages must be the ones that were sealed', (t) => {
  const bytes = sampleImage();
  const digest = randomBytes(32);
  sealHeader(bytes, digest);
  const header = readHeader(bytes);
  t.is(
    code(() => {
      verifyPages(header, 0x3000, digest);
    }),
    'accepted',
  );
  t.is(
    code(() => {
      verifyPages(header, 0x2000, digest);
    }),
    'corrupt',
  );
  t.is(
    code(() => {
      verifyPages(header, 0x3000, randomBytes(32));
    }),
    'corrupt',
  );
});

test('an image of another version is told apart from a damaged one', (t) => {
  const bytes = sampleImage();
  bytes.writeUInt32LE(1, offsetOf(imageHeader, 'version'));
  t.is(
    code(() => parseImage(bytes)),
    'unsupported',
  );
  t.is(
    code(() => parseImage(Buffer.alloc(4096))),
    'corrupt',
  );
  t.is(
    code(() => parseImage(Buffer.alloc(0))),
    'corrupt',
  );
});

test('the kernel and every processor feature in use must be here too', (t) => {
  const header = readHeader(sampleImage());
  const cpu = { vendor: 'GenuineIntel', features: header.cpuFeatures, xcr0: 0x2e7n };
  t.deepEqual(mismatches(header, thisMachine('6.18.1', cpu)), []);
  t.deepEqual(mismatches(header, thisMachine('6.18.1')), []);
  t.deepEqual(mismatches(header, thisMachine('6.1.0', { vendor: 'AuthenticAMD', features: [0n, 1n << 5n, 0n, 0n], xcr0: 7n })), [
    'it was made under kernel 6.18.1, and this machine runs 6.1.0',
    'it was made on a GenuineIntel processor, and this one is a AuthenticAMD',
    'this processor lacks avx, avx512f',
    "this machine hasn't the CPU state components 0xe0 enabled",
  ]);
  t.is(
    code(() => {
      checkHeader(header, thisMachine('6.1.0'));
    }),
    'refused',
  );
});

const without = (kind: NewRecord['kind'], id: number): NewRecord[] =>
  sampleRecords().filter((record) => record.kind !== kind || record.id !== id);
const instead = (record: NewRecord): NewRecord[] =>
  sampleRecords().map((other) => (other.kind === record.kind && other.id === record.id ? record : other));
const UNSOUND: readonly [what: string, records: NewRecord[]][] = [
  ['a descriptor of a file that is not there', without('pipe', 104)],
  ['a mapping of a file that is not there', without('file', 100)],
  ['a segment whose memory is not there', without('shmem', 1)],
  ['pages of an image that is not named', without('pages', 1)],
  ['a thread of no process', without('process', 7)],
  ['fewer threads than counted', without('thread', 8)],
  ['two records of one id', [...sampleRecords(), { kind: 'eventfd', id: 104, body: { count: 0n, flags: 0, semaphore: 0 } }]],
  [
    'a process before its parent',
    instead({ kind: 'process', id: 7, body: filled(imageProcess, { pid: 7, ppid: 9, exeFile: 100, cwdFile: 101 }) }),
  ],
  [
    'a mapping where the restorer works',
    instead({ kind: 'vmas', id: 7, body: [filled(imageVma, { start: 0x4d0000001000n, end: 0x4d0000002000n })] }),
  ],
  ['a mapping that ends before it starts', instead({ kind: 'vmas', id: 7, body: [filled(imageVma, { start: 0x2000n, end: 0x1000n })] })],
  [
    'mappings that overlap',
    instead({ kind: 'vmas', id: 7, body: [0x1000n, 0x2000n].map((start) => filled(imageVma, { start, end: start + 0x2000n })) }),
  ],
  [
    'memory beyond the pages file',
    instead({ kind: 'extents', id: 7, body: [filled(imageExtent, { start: 0x500000n, len: 0x1000n, offset: 0x3000n })] }),
  ],
  ['memory of half a page', instead({ kind: 'extents', id: 7, body: [filled(imageExtent, { start: 0x500000n, len: 0x800n })] })],
  ['a descriptor of nothing', instead({ kind: 'fds', id: 7, body: [filled(imageFd, { fd: 1, description: 999 })] })],
];
for (const [what, records] of UNSOUND)
  test(`refused: ${what}`, (t) => {
    const error = t.throws(() => parseImage(encodeImage(sampleHeader, records)), { instanceOf: AppshotError });
    t.is(error.code, 'corrupt');
    t.regex(error.message, /at byte \d+/);
  });

test('bytes of any kind are refused or read, never more', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
      const bytes = Buffer.concat([sampleImage().subarray(0, imageHeader.size), noise]);
      bytes.writeBigUInt64LE(BigInt(noise.length), offsetOf(imageHeader, 'recordsSize'));
      t.is(
        code(() => parseImage(bytes)),
        'corrupt',
      );
    }),
  );
});
