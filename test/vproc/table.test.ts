import test from 'ava';
import fc from 'fast-check';
import { AppshotError } from '../../src/errors.ts';
import { offsetOf, writeStruct } from '../../src/struct.ts';
import { keyToSystem, keyToVirtual } from '../../vproc/keys.ts';
import {
  addPort,
  ENTRY_PENDING,
  ENTRY_USED,
  makeTable,
  readEnv,
  readIds,
  readJournal,
  readPorts,
  readTable,
  table,
  tableJournal,
  tablePort,
  TABLE_JOURNAL,
  TABLE_PORTS,
  writeEnv,
  writePort,
  type TablePort,
} from '../../vproc/table-layout.ts';

const options = {
  aid: 'web-1',
  template: 'web',
  mode: 'namespace',
  generation: 2,
  env: ['HOME=/usr/app/web-1', 'EMPTY='],
  flags: 1,
} as const;
const http: TablePort = { family: 'ipv4', type: 'tcp', virtualPort: 80, systemPort: 40001, pid: 7, address: '0.0.0.0' };

test('a table says whose it is', (t) => {
  const buffer = makeTable(options);
  t.is(buffer.length, table.size);
  t.like(readTable(buffer), { aid: 'web-1', template: 'web', mode: 'namespace', generation: 2, flags: 1, envCount: 2, idBase: 0 });
  t.deepEqual(readEnv(buffer), options.env);
  t.deepEqual([readPorts(buffer), readIds(buffer), readJournal(buffer, 0n).changes], [[], [], []]);
  t.is(readTable(makeTable({ ...options, template: null, mode: 'preload' })).mode, 'preload');
});

test('what is no table, or one of another version, is refused', (t) => {
  t.throws(() => readTable(Buffer.alloc(10)), { instanceOf: AppshotError });
  t.throws(() => readTable(Buffer.alloc(table.size)), { message: /it is no id table/ });
  const other = makeTable(options);
  other.writeUInt32LE(9, offsetOf(table, 'version'));
  t.throws(() => readTable(other), { message: /version 9, not 6/ });
});

test('names and environments that do not fit are refused, not cut', (t) => {
  t.throws(() => makeTable({ ...options, aid: 'a'.repeat(64) }), { message: /longer than 63 bytes/ });
  t.throws(() => makeTable({ ...options, template: 'é'.repeat(64) }), { message: /longer than 127 bytes/ });
  t.throws(() => makeTable({ ...options, env: Array.from({ length: 65 }, (_, i) => `V${i}=`) }), {
    message: /65 variables are set where 64 fit/,
  });
  t.throws(() => makeTable({ ...options, env: [`LONG=${'x'.repeat(1019)}`] }), {
    message: /^LONG: the variable is longer than 1023 bytes/,
  });
  t.deepEqual(readEnv(makeTable({ ...options, env: [`LONG=${'x'.repeat(1018)}`] })), [`LONG=${'x'.repeat(1018)}`]);
});

test('a new environment leaves nothing of the old one', (t) => {
  const buffer = makeTable({ ...options, env: ['SECRET=12345', 'B=2'] });
  writeEnv(buffer, ['A=1']);
  t.deepEqual(readEnv(buffer), ['A=1']);
  t.false(buffer.includes('12345'));
});

test('ports come back as they were written, whatever they are', (t) => {
  const port = fc.record({
    type: fc.constantFrom('tcp' as const, 'udp' as const),
    virtualPort: fc.integer({ min: 0, max: 65535 }),
    systemPort: fc.integer({ min: 0, max: 65535 }),
    pid: fc.nat(),
  });
  const v4 = fc.tuple(port, fc.ipV4()).map(([rest, address]): TablePort => ({ ...rest, family: 'ipv4', address }));
  const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
  const v6 = fc.tuple(port, fc.ipV6()).map(([rest, address]): TablePort => ({ ...rest, family: 'ipv6', address: canonical(address) }));
  fc.assert(
    fc.property(fc.array(fc.oneof(v4, v6), { maxLength: 6 }), (ports) => {
      const buffer = makeTable(options);
      for (const one of ports) addPort(buffer, one);
      t.deepEqual(readPorts(buffer), ports);
    }),
  );
});

test('an entry whose claim is not finished is not read, and not taken by another', (t) => {
  const buffer = makeTable(options);
  writePort(buffer, 0, http);
  buffer.writeUInt8(ENTRY_PENDING, offsetOf(table, 'ports') + offsetOf(tablePort, 'state'));
  t.deepEqual(readPorts(buffer), []);
  addPort(buffer, http);
  buffer.writeUInt8(ENTRY_USED, offsetOf(table, 'ports') + offsetOf(tablePort, 'state'));
  t.is(readPorts(buffer).length, 2);
});

test('a full table says so', (t) => {
  const buffer = makeTable(options);
  for (let index = 0; index < TABLE_PORTS; index++) addPort(buffer, { ...http, virtualPort: index });
  t.throws(
    () => {
      addPort(buffer, http);
    },
    { message: /more than 512 ports/ },
  );
  t.throws(
    () => {
      writePort(makeTable(options), 0, { ...http, address: 'nowhere' });
    },
    { message: /no IPv4 address/ },
  );
});

const word = (state: number, turn: number, system: number, type = 1): bigint =>
  (BigInt(state) << 62n) | (BigInt(type) << 58n) | (BigInt(turn) << 51n) | BigInt.asUintN(32, BigInt(system));

test('ids are read once they are used', (t) => {
  const buffer = makeTable({ ...options, mode: 'preload', ids: { base: 0x500000, salt: 1n, namespace: 2n } });
  const ids = offsetOf(table, 'ids');
  buffer.writeBigUInt64LE(word(2, 3, 4242), ids + 100 * 8);
  buffer.writeBigUInt64LE(word(1, 1, 4243), ids);
  buffer.writeBigUInt64LE(word(3, 1, 4244), ids + 8);
  buffer.writeBigUInt64LE(word(2, 1, -5, 2), ids + 16);
  t.deepEqual(readIds(buffer), [
    { type: 'shm', state: 'used', virtual: 0x500000 + 8192 + 2, system: -5 },
    { type: 'pid', state: 'used', virtual: 0x500000 + 3 * 8192 + 100, system: 4242 },
  ]);
});

test('the journal tells what changed, and says so when it does not know', (t) => {
  const buffer = makeTable({ ...options, mode: 'preload', ids: { base: 0x500000, salt: 1n, namespace: 2n } });
  const record = (number: number, state: number): void => {
    const at = offsetOf(table, 'journal') + (number % TABLE_JOURNAL) * tableJournal.size;
    writeStruct(tableJournal, { sequence: BigInt(number + 1), word: word(state, 1, 7000 + number), slot: 9 }, buffer, at);
    buffer.writeBigUInt64LE(BigInt(number + 1), offsetOf(table, 'journalHead'));
  };
  record(0, 2);
  record(1, 3);
  const told = readJournal(buffer, 0n);
  t.is(told.head, 2n);
  t.deepEqual(
    told.changes?.map(({ state, system }) => [state, system]),
    [
      ['used', 7000],
      ['gone', 7001],
    ],
  );
  t.deepEqual(readJournal(buffer, 2n), { changes: [], head: 2n });
  buffer.writeBigUInt64LE(3n, offsetOf(table, 'journalHead'));
  t.is(readJournal(buffer, 2n).changes, null, 'a record that is not there yet');
  buffer.writeBigUInt64LE(BigInt(TABLE_JOURNAL + 5), offsetOf(table, 'journalHead'));
  t.is(readJournal(buffer, 2n).changes, null, 'it has gone round');
});

test('keys go to the system and back, one to one', (t) => {
  const salts = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const keys = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(fc.property(salts, keys, (salt, key) => keyToVirtual(salt, keyToSystem(salt, key)) === key));
  fc.assert(fc.property(salts, keys, (salt, key) => (keyToSystem(salt, key) === 0) === (key === 0)));
  t.pass();
});
