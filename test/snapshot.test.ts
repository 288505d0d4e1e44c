import test from 'ava';
import { Redis } from './support/redis.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

interface Row {
  aid: string;
  state: string;
  pids: { virtual: number; system: number }[];
}
const connect = async (aid: string): Promise<Redis> => Redis.connect(await store.address(aid, 6379));
const row = async (aid: string): Promise<Row | undefined> => (await store.json<Row>('ps', '-a')).find((one) => one.aid === aid);

test.serial('snapshot puts an instance away, restore brings it back, twice in a row', async (t) => {
  await store.run('db', ['--wait-for', 'port:6379', '-w', '/var/tmp'], ['redis-server', '--port', '6379', '--save', '']);
  const virtual = (await row('db'))?.pids[0]?.virtual;
  for (const round of ['1', '2']) {
    const before = await connect('db');
    await before.ask('set', `key-${round}`, round);
    before.close();
    const [taken] = await store.json<{ aid: string; processes: number; dumpedBytes: number; bytes: number }>('snapshot', 'db');
    t.is(taken?.processes, 1);
    if (round === '2') t.true((taken?.dumpedBytes ?? 0) < (taken?.bytes ?? 0), 'the second writes only what changed');
    t.is((await row('db'))?.state, 'suspended');
    t.deepEqual((await row('db'))?.pids, []);
    t.regex((await store.appshot(['snapshot', 'db'])).stderr, /suspended already/);
    const [back] = await store.json<{ state: string }>('restore', 'db');
    t.is(back?.state, 'running');
    t.is((await row('db'))?.pids[0]?.virtual, virtual);
  }
  const after = await connect('db');
  t.deepEqual(await after.ask('mget', 'key-1', 'key-2'), ['1', '2']);
  after.close();
  t.regex((await store.appshot(['restore', 'db'])).stderr, /not suspended/);
});

test.serial('connections and listeners outlive a suspension: their peers only wait', async (t) => {
  const before = await connect('db');
  await before.ask('set', 'key-3', '3');
  const address = await store.address('db', 6379);
  await store.ok('snapshot', 'db');
  const answer = before.ask('get', 'key-3');
  const late = await Redis.connect(address); // the kernel takes it in, and nobody accepts it yet
  const lateAnswer = late.ask('get', 'key-2');
  await store.ok('restore', 'db');
  t.is(await answer, '3', 'the same connection goes on');
  t.is(await lateAnswer, '2', 'and one that was made meanwhile');
  t.is(await store.address('db', 6379), address, 'the address is what it was');
  await store.ok('snapshot', 'db');
  await store.ok('restore', 'db');
  t.is(await before.ask('get', 'key-3'), '3', 'again');
  before.close();
  late.close();
});

test.serial('a suspended instance that is destroyed lets go of its sockets', async (t) => {
  await store.run('gone', ['--wait-for', 'port:6379', '-w', '/var/tmp'], ['redis-server', '--port', '6379', '--save', '']);
  const redis = await connect('gone');
  const address = await store.address('gone', 6379);
  await store.ok('snapshot', 'gone');
  const answer = redis.ask('get', 'x');
  await store.ok('destroy', 'gone');
  await t.throwsAsync(answer);
  await t.throwsAsync(Redis.connect(address), { message: /ECONNREFUSED/ });
});

test.serial('a snapshot that keeps it running disturbs nothing', async (t) => {
  await store.ok('snapshot', 'db', '--keep-running');
  t.is((await row('db'))?.state, 'running');
  const redis = await connect('db');
  t.is(await redis.ask('get', 'key-2'), '2');
  redis.close();
});
