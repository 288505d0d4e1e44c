import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openDatabase } from '../../db/index.ts';
import { storePaths } from '../../src/paths.ts';
import { queuesLike } from '../support/queues.ts';
import { eventually, TestStore } from '../support/store.ts';
import { Compiled } from './compiled.ts';

interface Held {
  readonly pid: number;
  readonly child: number;
  readonly shm: number;
  readonly sem: number;
  readonly msg: number;
}
interface IdRow {
  readonly type: string;
  readonly virtual: number;
  readonly system: number;
}

/** Names of queues stand among them too, and are looked at by themselves. */
async function numbers(aid: string): Promise<IdRow[]> {
  const rows = await store.json<IdRow>('ids', aid);
  return rows.filter((row) => row.type !== 'mqueue');
}

interface NameRow {
  readonly type: string;
  readonly virtual: string;
  readonly system: string;
}

async function queueNames(aid: string): Promise<NameRow[]> {
  const rows = await store.json<NameRow>('ids', aid);
  return rows.filter((row) => row.type === 'mqueue');
}

/** The store's daemon, found by the lock that it holds open. */
function daemonPid(): number {
  const lock = join(store.home, 'run/daemon.lock');
  const attempt = <T>(look: () => T, otherwise: T): T => {
    try {
      return look();
    } catch {
      return otherwise; // the process or the descriptor went meanwhile
    }
  };
  const isLock = (path: string): boolean => attempt(() => readlinkSync(path) === lock, false);
  const holds = (pid: string): boolean => attempt(() => readdirSync(`/proc/${pid}/fd`), []).some((fd) => isLock(`/proc/${pid}/fd/${fd}`));
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name));
  if (found === undefined) throw new Error(`no daemon holds ${lock}`);
  return Number(found);
}

const KEY = 0x4b455931;
const compiled = new Compiled();
const store = new TestStore();
const held: Record<string, Held> = {};
test.after.always(async () => {
  await store.close();
  compiled.close();
});

async function start(aid: string): Promise<Held> {
  await store.run(aid, ['--vproc', 'preload', '--wait-for', 'log:}'], [compiled.make('model/holder')]);
  return (held[aid] = JSON.parse(await store.ok('logs', aid)) as Held);
}

const queues = (): string[] => queuesLike('appshot-held');

const hostObjects = (kind: string): number[] =>
  readFileSync(`/proc/sysvipc/${kind}`, 'latin1')
    .split('\n')
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[1]));

test.serial('two instances with the same keys have objects of their own', async (t) => {
  const one = await start('one'); // IPC_EXCL: the second would fail if it saw the first's
  const two = await start('two');
  t.not(one.pid, two.pid);
  for (const { pid } of [one, two]) t.true(pid < 10_000_000, 'programs have room for the seven digits that the kernel has');
});

test.serial("ids shows virtual and system ids, and no virtual one is the system's", async (t) => {
  const rows = await numbers('one');
  const own = held['one'];
  for (const type of ['shm', 'sem', 'msg'] as const) {
    t.is(rows.find((row) => row.type === type)?.virtual, own?.[type]);
    t.is(rows.find((row) => row.type === `${type}key`)?.virtual, KEY);
    t.true(hostObjects(type).includes(rows.find((row) => row.type === type)?.system ?? -1));
  }
  const pids = rows.filter((row) => row.type === 'pid');
  t.deepEqual(pids.map((row) => row.virtual).sort(), [own?.pid, own?.child].sort());
  for (const row of rows) t.not(row.virtual, row.system, row.type);
  for (const { system } of pids) t.true(existsSync(`/proc/${system}`));
  const [shown] = await store.json<{ aid: string; pids: { virtual: number; system: number }[] }>('ps');
  t.true(shown?.pids.some((pair) => pair.virtual === own?.pid || pair.virtual === held['two']?.pid));
});

/** What the daemon has in its database of an instance's ids, without being asked. */
function recorded(aid: string) {
  const look = (which: 'toSystem' | 'toVirtual') => (type: string, id: number | string) => {
    const db = openDatabase(storePaths({ APPSHOT_HOME: store.home }).database);
    try {
      return db.translations[which](aid, type, id);
    } finally {
      db.close();
    }
  };
  return { toSystem: look('toSystem'), toVirtual: look('toVirtual') };
}

test.serial('what is claimed is folded into the records without being asked for', async (t) => {
  await eventually(() => {
    const row = recorded('two').toSystem('pid', held['two']?.child ?? 0);
    if (row === null) throw new Error('not yet');
    t.is(recorded('two').toVirtual('pid', row.system)?.virtual, held['two']?.child);
  });
});

test.serial('a claim whose maker was killed before he had noted it is in the records too', async (t) => {
  await store.run('unnoted', ['--vproc', 'preload', '--wait-for', 'log:}'], [compiled.make('model/unnoted')]);
  const { pid, msg } = JSON.parse(await store.ok('logs', 'unnoted')) as { pid: number; msg: number };
  await eventually(() => {
    if (recorded('unnoted').toSystem('pid', pid) === null) throw new Error('the ids were not looked at yet');
  });
  t.is(recorded('unnoted').toVirtual('msg', msg), null);
  await store.ok('exec', 'unnoted', '--', 'sh', '-c', `kill -USR1 ${pid}`);
  await eventually(() => {
    if (recorded('unnoted').toVirtual('msg', msg) === null) throw new Error('not there');
  });
  await store.ok('destroy', 'unnoted');
  t.false(hostObjects('msg').includes(msg));
});

test.serial('an id of another instance, or of the system, names nothing', async (t) => {
  const rows = await numbers('two');
  const system = rows.find((row) => row.virtual === held['two']?.child)?.system ?? 0;
  const script = (pid: number): string => `import os\ntry:\n  os.kill(${pid}, 0); print('alive')\nexcept OSError as e: print(e.errno)`;
  t.is((await store.ok('exec', 'one', '--', 'python3', '-c', script(held['two']?.child ?? 0))).trim(), '3', 'ESRCH');
  t.is((await store.ok('exec', 'one', '--', 'python3', '-c', script(system))).trim(), '3', 'ESRCH');
  t.is((await store.ok('exec', 'two', '--', 'python3', '-c', script(held['two']?.child ?? 0))).trim(), 'alive');
  const removed = await store.appshot(['exec', 'one', '--', 'ipcrm', '-m', String(held['two']?.shm)]);
  t.not(removed.code, 0);
});

test.serial('a pid that comes back is not the process that had it before', async (t) => {
  t.is(await store.ok('run', '--rm', '--vproc', 'preload', '--', compiled.make('model/recycled')), 'ok\n');
});

test.serial('objects that are removed past the library do not use up its ids', async (t) => {
  t.is(await store.ok('run', '--rm', '--vproc', 'preload', '--', compiled.make('model/removed-unseen')), 'ok\n');
});

test.serial('where there is no room for its id, no object is left behind', async (t) => {
  t.is(await store.ok('run', '--rm', '--vproc', 'preload', '--', compiled.make('model/full-table')), 'ok\n');
});

test.serial('whose cores are to be shared is named to the kernel by its own number', async (t) => {
  t.is(await store.ok('run', '--rm', '--vproc', 'preload', '--', compiled.make('model/shares-cores')), 'ok\n');
});

const asRoot = process.getuid?.() === 0 ? test.serial : test.serial.skip; // who alone may look at queues
asRoot('ids shows the names of message queues: in each instance and its clones the same, in the system others', async (t) => {
  await store.ok('commit', 'one', 'queues');
  const [clone] = await store.clone('queues');
  const aids = ['one', 'two', clone?.aid ?? ''];
  const found = await Promise.all(aids.map(queueNames));
  for (const rows of found)
    t.deepEqual(
      rows.map((row) => row.virtual),
      ['/appshot-held'],
    );
  const systems = found.flat().map((row) => row.system.slice(1));
  const there = queues();
  for (const system of systems) t.true(there.includes(system), system);
  t.is(new Set(systems).size, aids.length);
  await store.ok('destroy', clone?.aid ?? '');
  await store.ok('rm', 'queues');
  await store.run('namespace', ['--vproc', 'namespace', '--wait-for', 'log:}'], [compiled.make('model/holder')]);
  const [own, ...others] = await queueNames('namespace');
  t.is(own?.virtual, '/appshot-held');
  t.regex(own?.system ?? '', /^\d+:\/appshot-held$/);
  t.deepEqual(others, []);
  await store.ok('destroy', 'namespace');
});

const key = ({ type, virtual }: IdRow): string => `${type} ${virtual}`;

test.serial('a clone has the same virtual ids, bound to other processes and objects', async (t) => {
  const before = await numbers('one');
  await store.ok('commit', 'one', 'template');
  const other = await store.appshot(['clone', 'template', '--vproc', 'namespace']);
  t.regex(other.stderr, /ids of the preload mechanism, which the namespace mechanism can't give/);
  const [clone] = await store.clone('template');
  const after = await numbers(clone?.aid ?? '');
  t.deepEqual(after.map(key).sort(), before.map(key).sort());
  const systems = new Set(before.map((row) => `${row.type} ${row.system}`));
  for (const row of after) t.false(systems.has(`${row.type} ${row.system}`), key(row));
  await store.ok('destroy', clone?.aid ?? '');
  for (const { type, system } of after)
    if (type === 'pid') t.false(existsSync(`/proc/${system}`));
    else if (!type.endsWith('key')) t.false(hostObjects(type).includes(system), type);
});

test.serial('an instance that was put away and brought back has its virtual ids', async (t) => {
  const before = await numbers('one');
  await store.ok('snapshot', 'one');
  for (const { type, system } of before) if (['shm', 'sem', 'msg'].includes(type)) t.false(hostObjects(type).includes(system), type);
  t.deepEqual(await numbers('one'), [], 'nothing is bound');
  for (const { type, system } of before) t.is(recorded('one').toVirtual(type, system), null, type);
  await store.ok('restore', 'one');
  const after = await numbers('one');
  t.deepEqual(after.map(key).sort(), before.map(key).sort());
  t.not(after.find((row) => row.type === 'pid')?.system, before.find((row) => row.type === 'pid')?.system);
});

test.serial('destroy ends every process and removes every object', async (t) => {
  const rows = await numbers('one');
  const names = queues();
  await store.ok('destroy', 'one');
  const left = queues();
  if (process.getuid?.() === 0) t.deepEqual([names.length, left.length], [2, 1], 'one queue for each instance');
  for (const row of rows) {
    if (row.type === 'pid') t.false(existsSync(`/proc/${row.system}`));
    else if (['shm', 'sem', 'msg'].includes(row.type)) t.false(hostObjects(row.type).includes(row.system));
  }
  t.is((await numbers('two')).filter((row) => row.type === 'pid').length, 2, 'the other lives on');
});

test.serial('a daemon that was killed finds the ids again', async (t) => {
  const before = await numbers('two');
  const killed = daemonPid();
  process.kill(killed, 'SIGKILL');
  await eventually(() => {
    if (existsSync(`/proc/${killed}/fd/0`)) throw new Error('it still answers'); // a connection to it would end without one
  });
  t.deepEqual(await numbers('two'), before);
});

test.serial('a program that ends takes its objects along', async (t) => {
  const rows = await numbers('two');
  for (const name of ['child', 'pid'] as const) {
    const system = rows.find((row) => row.type === 'pid' && row.virtual === held['two']?.[name])?.system;
    process.kill(system ?? 0, 'SIGKILL');
  }
  await eventually(() => {
    for (const row of rows.filter(({ type }) => ['shm', 'sem', 'msg'].includes(type)))
      if (hostObjects(row.type).includes(row.system)) throw new Error(`${row.type} ${row.system} is still there`);
  });
  await eventually(async () => {
    const left = [...(await numbers('two')), ...rows.filter(({ type, system }) => recorded('two').toVirtual(type, system) !== null)];
    if (left.length > 0) throw new Error(`${left.length} ids are told of an instance that has ended`);
  });
  t.pass();
});
