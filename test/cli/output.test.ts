import test from 'ava';
import { formatAge, formatBytes, formatMs, printable } from '../../src/cli/format.ts';
import type { CommitResult, InstanceStarted, InstanceSummary, TemplateSummary } from '../../src/types.ts';
import { makeWorld } from './support.ts';

const started: InstanceStarted = {
  aid: 'warm-1',
  template: 'warm',
  state: 'running',
  pids: [{ virtual: 2, system: 4711 }],
  ports: [{ port: 8080, address: '127.0.0.1:40001' }],
  root: '/run/appshot/mnt/warm-1',
  ms: 1.234,
};
const summary: InstanceSummary = {
  aid: 'warm-1',
  template: 'warm',
  state: 'running',
  pids: started.pids,
  ports: started.ports,
  root: started.root,
  memory: 1536 * 1024,
  created: new Date(Date.now() - 90_000).toISOString(),
  vproc: 'namespace',
};
const ended: InstanceSummary = { ...summary, aid: 'a', template: null, state: 'exited 3', pids: [], ports: [], memory: 0 };
const template: TemplateSummary = { name: 'warm', kind: 'running', size: 3 * 1024 ** 3, shared: 0, created: new Date().toISOString() };
const taken = { processes: 1, threads: 4, resources: 30, bytes: 1024, dumpedBytes: 512, frozenMs: 8.5, ms: 120 };
const committed: CommitResult = { template: 'warm', ...taken, copiedBytes: 2048, copiedFrozenBytes: 0 };

test('ps: a plain aligned table, names, or an object a line', async (t) => {
  const world = await makeWorld(t, { ps: () => Promise.resolve([summary, ended]) });
  t.deepEqual(await world.run(['ps']), {
    code: 0,
    stderr: '',
    stdout:
      'AID     TEMPLATE  STATE     PROCESSES  PORTS                  MEMORY  AGE\n' +
      'warm-1  warm      running           1  8080->127.0.0.1:40001  1.5MiB  90s\n' +
      'a       -         exited 3          0  -                          0B  90s\n',
  });
  t.is((await world.run(['ps', '-q'])).stdout, 'warm-1\na\n');
  const json = (await world.run(['ps', '--json'])).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  t.deepEqual(json, [summary, ended]);
});

test('ps shows notes where there are any', async (t) => {
  const world = await makeWorld(t, { ps: () => Promise.resolve([{ ...summary, notes: ['static binary'] }]) });
  t.regex((await world.run(['ps'])).stdout, /AGE {2}NOTES\n.* static binary\n$/);
});

test('an empty list is a heading, or nothing at all', async (t) => {
  const world = await makeWorld(t, { ps: () => Promise.resolve([]) });
  t.is((await world.run(['ps'])).stdout, 'AID  TEMPLATE  STATE  PROCESSES  PORTS  MEMORY  AGE\n');
  t.is((await world.run(['ps', '--json'])).stdout, '');
  t.is((await world.run(['ps', '-q'])).stdout, '');
});

test('colour on a terminal alone, and not where the environment refuses it', async (t) => {
  const world = await makeWorld(t, { ps: () => Promise.resolve([summary]) });
  const plain = (await world.run(['ps'])).stdout;
  const coloured = (await world.run(['ps'], { terminal: true })).stdout;
  t.true(coloured.includes('\x1b[32mrunning\x1b[0m'));
  t.is((await world.run(['ps'], { terminal: true, env: { NO_COLOR: '1' } })).stdout, plain);
  t.is((await world.run(['ps'], { terminal: true, env: { TERM: 'dumb' } })).stdout, plain);
});

test("clone: the contract's object for each instance", async (t) => {
  const world = await makeWorld(t, { clone: () => Promise.resolve([started, { ...started, aid: 'warm-2' }]) });
  const lines = (await world.run(['clone', 'warm', '-n', '2', '--json'])).stdout.trimEnd().split('\n');
  t.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [started, { ...started, aid: 'warm-2' }],
  );
  t.is((await world.run(['clone', 'warm', '-q'])).stdout, 'warm-1\nwarm-2\n');
  t.regex(
    (await world.run(['clone', 'warm'])).stdout,
    /^AID {5}STATE {4}PORTS {20}TIME {2}ROOT\nwarm-1 {2}running {2}8080->127.0.0.1:40001 {2}1.23ms {2}\/run/,
  );
});

test('run -d: the name, or the same object; notes are words', async (t) => {
  const world = await makeWorld(t, { run: () => Promise.resolve({ ...started, notes: ['static binary'] }) });
  t.deepEqual(await world.run(['run', '-d', '--', 'x']), { code: 0, stdout: 'warm-1\n', stderr: 'warm-1: static binary\n' });
  const { stdout, stderr } = await world.run(['run', '-d', '--json', '--', 'x']);
  t.deepEqual(JSON.parse(stdout), { ...started, notes: ['static binary'] });
  t.is(stderr, '');
});

test('commit and snapshot', async (t) => {
  const { template: name } = committed;
  const world = await makeWorld(t, { commit: () => Promise.resolve(committed), snapshot: () => Promise.resolve({ aid: 'web', ...taken }) });
  t.deepEqual(JSON.parse((await world.run(['commit', 'web', 'warm', '--json'])).stdout), committed);
  t.is((await world.run(['commit', 'web', 'warm', '-q'])).stdout, `${name}\n`);
  t.is(
    (await world.run(['commit', 'web', 'warm'])).stdout,
    'TEMPLATE  PROCESSES  THREADS  RESOURCES   IMAGE  WRITTEN  COPIED  FROZEN COPY  FROZEN   TIME\n' +
      'warm              1        4         30  1.0KiB     512B  2.0KiB           0B  8.50ms  120ms\n',
  );
  t.is(
    (await world.run(['snapshot', 'web'])).stdout,
    'AID  PROCESSES  THREADS  RESOURCES   IMAGE  WRITTEN  FROZEN   TIME\n' +
      'web          1        4         30  1.0KiB     512B  8.50ms  120ms\n',
  );
});

test('ls: templates, or files', async (t) => {
  const world = await makeWorld(t, {
    ls: ({ target }) =>
      Promise.resolve(
        target === undefined
          ? [template]
          : [{ name: 'ln\x1b[2J', type: 'link', mode: 'lrwxrwxrwx', size: 3, modified: '2026-01-02T03:04:05.678Z', target: 'a' }],
      ),
  });
  t.regex((await world.run(['ls'])).stdout, /^NAME {2}KIND {7}SIZE {2}SHARED {2}CREATED\nwarm {2}running {2}3\.0GiB {6}0B {2}\d+s ago\n$/);
  t.is(
    (await world.run(['ls', 'warm:/'])).stdout,
    'MODE        TYPE  SIZE  MODIFIED              NAME\nlrwxrwxrwx  link    3B  2026-01-02T03:04:05Z  ln?[2J -> a\n',
  );
});

test('inspect is JSON in any case; diff is one path a line', async (t) => {
  const world = await makeWorld(t, {
    inspect: () => Promise.resolve({ a: [1] }),
    diff: () =>
      Promise.resolve([
        { change: 'A', path: '/x' },
        { change: 'D', path: '/y' },
      ]),
  });
  t.is((await world.run(['inspect', 'web'])).stdout, '{\n  "a": [\n    1\n  ]\n}\n');
  t.is((await world.run(['inspect', 'web', '--json'])).stdout, '{"a":[1]}\n');
  t.is((await world.run(['diff', 'web'])).stdout, 'A /x\nD /y\n');
  t.is((await world.run(['diff', 'web', '-q'])).stdout, '/x\n/y\n');
  t.is((await world.run(['diff', 'web', '--json'])).stdout, '{"change":"A","path":"/x"}\n{"change":"D","path":"/y"}\n');
});

test('ids, ports and rules explain', async (t) => {
  const world = await makeWorld(t, {
    ids: () => Promise.resolve([{ type: 'pid', virtual: 2, system: 4711, state: 'live' }]),
    ports: () => Promise.resolve([{ aid: 'web', port: 80, address: '127.0.0.1:4000', protocol: 'tcp', public: null }]),
    rulesExplain: () => Promise.resolve({ rule: 'REDIR PATH "a" to "b"', result: 'b', mark: 'rule' }),
  });
  t.is((await world.run(['ids', 'web'])).stdout, 'TYPE  VIRTUAL  SYSTEM  STATE\npid         2    4711  live\n');
  t.deepEqual(JSON.parse((await world.run(['ids', 'web', '--json'])).stdout), { type: 'pid', virtual: 2, system: 4711, state: 'live' });
  for (const [found, ...filter] of [
    ['pid 2\n', '--type', 'shm', '--type', 'pid'],
    ['', '--type', 'shm'],
    ['pid 2\n', '--virtual', '2', '--system', '4711'],
    ['', '--system', '2'],
  ] as const)
    t.is((await world.run(['ids', 'web', '-q', ...filter])).stdout, found, filter.join(' '));
  const other = await world.run(['ids', 'web', '--type', 'socket']);
  t.deepEqual([other.code, /a type is one of pid, shm,/.test(other.stderr)], [2, true], other.stderr);
  t.is((await world.run(['ports', '-q'])).stdout, '127.0.0.1:4000\n');
  t.is((await world.run(['rules', 'explain', 'web', 'path', 'a'])).stdout, 'rule    REDIR PATH "a" to "b"\nresult  b\nmark    rule\n');
});

test('names of what was ended, made or moved', async (t) => {
  const world = await makeWorld(t, {
    destroy: ({ aids }) => Promise.resolve(aids.map((aid) => ({ aid }))),
    stop: ({ aids }) => Promise.resolve(aids.map((aid) => ({ aid, state: 'exited 143' as const }))),
    rm: ({ templates }) => Promise.resolve(templates.map((name) => ({ template: name }))),
    mv: (arg) => Promise.resolve(arg),
  });
  t.is((await world.run(['destroy', 'a', 'b'])).stdout, 'a\nb\n');
  t.is((await world.run(['stop', 'a', '--json'])).stdout, '{"aid":"a","state":"exited 143"}\n');
  t.is((await world.run(['rm', 'x', '--json'])).stdout, '{"template":"x"}\n');
  t.is((await world.run(['mv', 'x', 'y'])).stdout, 'y\n');
});

test('sizes, ages and times as a person reads them', (t) => {
  t.deepEqual([0, 1023, 1024, 1536, 102_400, 1024 ** 2, 5 * 1024 ** 3].map(formatBytes), [
    '0B',
    '1023B',
    '1.0KiB',
    '1.5KiB',
    '100KiB',
    '1.0MiB',
    '5.0GiB',
  ]);
  const now = Date.parse('2026-01-10T00:00:00Z');
  t.deepEqual(
    ['2026-01-09T23:59:30Z', '2026-01-09T23:00:00Z', '2026-01-09T00:00:00Z', '2026-01-01T00:00:00Z', 'x'].map((iso) => formatAge(iso, now)),
    ['30s', '60m', '24h', '9d', '-'],
  );
  t.deepEqual([0.5, 12.3, 20_000].map(formatMs), ['0.50ms', '12ms', '20.0s']);
  t.is(printable('a\u001b\u009bb'), 'a??b');
});
