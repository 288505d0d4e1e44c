import test from 'ava';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { projectRoot } from '../../native/programs.ts';
import { AppshotError } from '../../src/errors.ts';
import { encodeImage, parseImage } from '../../src/image/index.ts';
import { imageHeader } from '../../src/image/structs.ts';
import { offsetOf } from '../../src/struct.ts';
import { arbitraryRecord } from '../image/arbitrary.ts';
import { sampleHeader, sampleImage } from '../image/sample.ts';

const RUNS = Number(process.env['APPSHOT_FUZZ'] ?? 100_000);
const directory = mkdtempSync(join(tmpdir(), 'appshot-fuzz-'));
test.after.always(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Change {
  readonly at: number;
  readonly kind: 'bit' | 'word' | 'cut' | 'move';
  readonly value: number;
}
const ODD = [0, 1, 2, 7, 8, 63, 64, 255, 4096, 65535, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(1 << 20),
  kind: fc.constantFrom<Change['kind']>('bit', 'bit', 'word', 'word', 'word', 'cut', 'move'),
  value: fc.oneof(fc.constantFrom(...ODD), fc.nat()),
});

/** The header goes on saying the right length, so that what is changed is looked into. */
function changed(sound: Buffer, changes: readonly Change[]): Buffer {
  let bytes = Buffer.from(sound);
  const head = imageHeader.size;
  for (const { at, kind, value } of changes) {
    const where = head + (at % Math.max(bytes.length - head, 1));
    if (kind === 'bit') bytes[where] = (bytes[where] ?? 0) ^ (1 << (value % 8));
    else if (kind === 'word' && where + 4 <= bytes.length) bytes.writeUInt32LE(value >>> 0, where - (where % 4));
    else if (kind === 'move') bytes.copy(bytes, where, head + (value % Math.max(bytes.length - head, 1)), bytes.length);
    else if (kind === 'cut') bytes = bytes.subarray(0, where - (where % 8));
  }
  bytes.writeBigUInt64LE(BigInt(bytes.length - head), offsetOf(imageHeader, 'recordsSize'));
  return bytes;
}

test('an image that was changed anywhere is read or refused in words, by the reader in TypeScript', (t) => {
  t.timeout(3_600_000);
  const sound = sampleImage();
  let refused = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      try {
        parseImage(changed(sound, changes));
      } catch (error) {
        if (!(error instanceof AppshotError)) throw error;
        refused++;
      }
    }),
    { numRuns: RUNS / 2, endOnFailure: true },
  );
  t.true(refused > RUNS / 20, 'the changes reach what is checked');
});

test("an image that was changed anywhere is read or refused by the restorer's reader, under the sanitizers", async (t) => {
  t.timeout(3_600_000);
  const program = join(directory, 'image-index');
  const sources = ['test/fuzz/image-index.c', 'native/checkpoint/forge/image-index.c'].map((name) => join(projectRoot, name));
  const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-builtin'];
  execFileSync('gcc', [
    '-std=c11',
    '-g',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    ...sanitized,
    '-I',
    join(projectRoot, 'native'),
    '-o',
    program,
    ...sources,
  ]);
  const images = [
    sampleImage(),
    ...fc
      .sample(fc.array(arbitraryRecord, { maxLength: 12 }), { numRuns: 20, seed: 5 })
      .map((records) => encodeImage(sampleHeader, records)),
  ];
  const files = images.map((bytes, i) => {
    const file = join(directory, `image-${i}`);
    writeFileSync(file, bytes);
    return file;
  });
  const first = files[0] ?? '';
  const { stdout } = await promisify(execFile)(program, [String(RUNS), '1', ...Array.from({ length: 20 }, () => first), ...files]);
  const [, read = '0', refused = '0'] = /^\d+ inputs, (\d+) read, (\d+) refused/.exec(stdout) ?? [];
  t.is(Number(read) + Number(refused), RUNS);
  t.true(Number(read) > RUNS / 20 && Number(refused) > RUNS / 20, stdout);
});
