import test from 'ava';
import fc from 'fast-check';
import { AppshotError } from '../../src/errors.ts';
import { offsetOf, writeStruct } from '../../src/struct.ts';
import {
  addPort,
  ENTRY_CLAIMED,
  ENTRY_USED,
  makeTable,
  readEnv,
  readIds,
  readJournal,
  readPorts,
  readTable,
  table,
  tableId,
  tableJournal,
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
  t.deepEqual(readTable(buffer), { aid: 'web-1', template: 'web', mode: 'namespace', generation: 2, flags: 1, envCount: 2 });
  t.deepEqual(readEnv(buffer), options.env);
  t.deepEqual([readPorts(buffer), readIds(buffer), readJournal(buffer)], [[], [], []]);
  t.is(readTable(makeTable({ ...options, template: null, mode: 'preload' })).mode, 'preload');
});

test('what is no table, or one of another version, is refused', (t) => {
  t.throws(() => readTable(Buffer.alloc(10)), { instanceOf: AppshotError });
  t.throws(() => readTable(Buffer.alloc(table.size)), { message: /it is no id table/ });
  const other = makeTable(options);
  other.writeUInt32LE(9, offsetOf(table, 'version'));
  t.throws(() => readTable(other), { message: /version 9, not 2/ });
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

test('an entry that is only claimed is not read, and not taken by another', (t) => {
  const buffer = makeTable(options);
  writePort(buffer, 0, http);
  buffer.writeUInt32LE(ENTRY_CLAIMED, offsetOf(table, 'ports'));
  t.deepEqual(readPorts(buffer), []);
  addPort(buffer, http);
  buffer.writeUInt32LE(ENTRY_USED, offsetOf(table, 'ports'));
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

test('ids and the journal are read', (t) => {
  const buffer = makeTable(options);
  writeStruct(tableId, { state: ENTRY_USED, type: 1, virtualId: 7n, systemId: 4242n }, buffer, offsetOf(table, 'ids') + 100 * tableId.size);
  writeStruct(tableId, { state: ENTRY_CLAIMED, type: 1, virtualId: 8n, systemId: 4243n }, buffer, offsetOf(table, 'ids'));
  writeStruct(tableJournal, { state: ENTRY_USED, type: 3, virtualId: -1n, systemId: 5n }, buffer, offsetOf(table, 'journal'));
  t.deepEqual(readIds(buffer), [{ type: 'pid', virtual: 7n, system: 4242n }]);
  t.deepEqual(readJournal(buffer), [{ type: 'shmkey', virtual: -1n, system: 5n }]);
});
