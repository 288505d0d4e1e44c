import test from 'ava';
import { classify, encodeImage, encodeRecord, parseImage, sealRecords, verifyRecords, type NewRecord } from '../../src/image/index.ts';
import { decodeRecord, scanRecords } from '../../src/image/reader.ts';
import { readHeader } from '../../src/image/header.ts';
import * as s from '../../src/image/structs.ts';
import { noRules, parseRules } from '../../src/rules/index.ts';
import { file, filled, listener, sampleHeader, sampleImage, sampleRecords } from './sample.ts';

const web = { aid: 'web', template: null, generation: 0 };

function markOf(record: NewRecord, rules = noRules()): string {
  const bytes = encodeImage({}, [record]);
  const [raw] = scanRecords(bytes, readHeader(bytes));
  if (raw === undefined) throw new Error(`no record in ${encodeRecord(record).length} bytes`);
  return classify(decodeRecord(raw), rules, web).mark;
}

const socket = (state: Partial<ReturnType<typeof filled<typeof s.imageSocket.fields>>>, name = ''): NewRecord => ({
  kind: 'socket',
  id: 1,
  name,
  body: { state: filled(s.imageSocket, state), options: [], bytes: Buffer.alloc(0) },
});
const ipc = filled(s.imageSysvIpc, { key: 0x1234 });

const EXPECTED: readonly [what: string, record: NewRecord, mark: string][] = [
  ['a file that is only read', file(1, '/etc/passwd', 0), 'shared'],
  ['a file that is written', file(1, '/var/log/x', 1), 'copy-on-write'],
  ['a file without a name', file(1, '/tmp/x', 2, 'content'), 'duplicate'],
  ['mapped memory', { kind: 'vmas', id: 7, body: [] }, 'copy-on-write'],
  ['shared anonymous memory', { kind: 'shmem', id: 1, body: { state: filled(s.imageShmem, {}), extents: [] } }, 'duplicate'],
  ['a System V segment', { kind: 'sysv_shm', id: 5, body: filled(s.imageSysvShm, { ipc }) }, 'virtualize'],
  ['a semaphore', { kind: 'sysv_sem', id: 5, body: { state: filled(s.imageSysvSem, { ipc }), values: [7] } }, 'virtualize'],
  ['a process', { kind: 'process', id: 7, body: filled(s.imageProcess, { pid: 7 }) }, 'virtualize'],
  ['a listening port', listener(1, 80), 'multiplex'],
  ['a port on loopback', listener(1, 80, '7f000001'), 'multiplex'],
  ['a port on an address of the network', listener(1, 80, '0a010101'), 'allocate'],
  [
    'a connection to outside',
    socket({ family: 2, state: 3, addressSize: 16, address: Buffer.from('0200d4310a010101', 'hex') }),
    'duplicate',
  ],
  ['a named unix socket', socket({ family: 1, state: 2 }, '/run/x.sock'), 'virtualize'],
  ['a socket pair', socket({ family: 1, state: 3, peer: 2 }), 'duplicate'],
  ['a pipe', { kind: 'pipe', id: 1, body: { state: filled(s.imagePipe, {}), bytes: Buffer.alloc(0) } }, 'duplicate'],
  ['limits', { kind: 'rlimits', id: 7, body: Array.from({ length: 16 }, () => ({ soft: 1n, hard: 2n })) }, 'none'],
];
for (const [what, record, mark] of EXPECTED)
  test(`${what}: ${mark}`, (t) => {
    t.is(markOf(record), mark);
  });

test('a rule decides before the criteria do', (t) => {
  const rules = parseRules(
    `RESOURCE file "/var/log/*" ON write DO duplicate
RESOURCE port "80" ON any DO keep
RESOURCE shm "0x00001234" ON any DO reset
REDIR PATH "/user/app" to "/usr/app/<APPL-ID>"`,
    'r',
  );
  t.is(markOf(file(1, '/var/log/x', 1), rules), 'rule');
  t.is(markOf(file(1, '/var/log/x', 0), rules), 'shared');
  t.is(markOf(listener(1, 80), rules), 'rule');
  t.is(markOf(listener(1, 81), rules), 'multiplex');
  t.is(markOf({ kind: 'sysv_shm', id: 5, body: filled(s.imageSysvShm, { ipc }) }, rules), 'rule');
  t.is(markOf(file(1, '/usr/app/<APPL-ID>/config', 0), rules), 'rule');
});

test('sealing marks every resource, records the rules that decided, and fills in the digests but that of the memory', (t) => {
  const rules = parseRules('REDIR PATH "/user/app" to "/usr/app/<APPL-ID>"', 'r');
  const written = sampleImage();
  const { bytes, resources } = sealRecords(written, rules, web);
  verifyRecords(bytes);
  const { records, header } = parseImage(bytes);
  t.is(header.recordCount, sampleRecords().length + 1);
  const rule = records.at(-1);
  t.like(rule, { kind: 'rule', id: 102, name: '/usr/app/<APPL-ID>/log', body: 'REDIR PATH "/user/app" to "/usr/app/<APPL-ID>"' });
  t.deepEqual(
    resources.find(({ id, type }) => type === 'file' && id === 102),
    {
      type: 'file',
      id: 102,
      name: '/usr/app/<APPL-ID>/log',
      mark: 'rule',
      rule: 'REDIR PATH "/user/app" to "/usr/app/<APPL-ID>"',
    },
  );
  t.is(records.find(({ kind }) => kind === 'socket')?.mark, 5);
  t.deepEqual(
    written,
    encodeImage(
      sampleHeader,
      parseImage(written).records.map((record) => ({ ...record, mark: 'none' })),
    ),
  );
});
