import test from 'ava';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from './support/redis.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const images = (): number => readdirSync(join(store.home, 'data/images')).length;
const connect = async (aid: string): Promise<Redis> => Redis.connect(await store.address(aid, 6379));
const fill = "for i = 1, 200 do redis.call('set', KEYS[1] .. i, string.rep(i .. ' ', 500)) end return redis.call('dbsize')";

test.serial('ten snapshots in a row restore right, and fold into one', async (t) => {
  await store.run(
    'db',
    ['--wait-for', 'port:6379', '-w', '/var/tmp'],
    ['redis-server', '--port', '6379', '--save', '', '--enable-debug-command', 'yes'],
  );
  const redis = await connect('db');
  for (let round = 0; round < 10; round++) {
    t.is(await redis.ask('eval', fill, 1, `round-${round}:`), 200 * (round + 1));
    await store.ok('snapshot', 'db');
    if (round < 9) await store.ok('restore', 'db');
  }
  t.true(images() > 1, 'each refers to those before');
  const [flat] = await store.json<{ folded: number }>('flatten', 'db');
  t.is(flat?.folded, 9);
  t.is(images(), 1);
  await store.ok('restore', 'db');
  t.is(await redis.ask('get', 'round-0:7'), '7 '.repeat(500));
  t.is(await redis.ask('get', 'round-9:200'), '200 '.repeat(500));
  t.is(await redis.ask('dbsize'), 2000);
  redis.close();
});

test.serial('a template that was folded needs its base no more, and clones that run keep what they have', async (t) => {
  await store.ok('commit', 'db', 'base');
  const [first] = await store.clone('base');
  const redis = await connect(first?.aid ?? '');
  await redis.ask('set', 'only', 'here');
  const digest = await redis.ask('debug', 'digest');
  redis.close();
  await store.ok('commit', first?.aid ?? '', 'top');
  const [running] = await store.clone('top');
  await store.ok('destroy', first?.aid ?? '');
  t.regex((await store.appshot(['rm', 'base'])).stderr, /top stands on it/);
  await store.ok('flatten', 'top');
  await store.ok('rm', 'base');
  const [later] = await store.clone('top');
  await store.ok('commit', running?.aid ?? '', 'again');
  const [again] = await store.clone('again');
  for (const clone of [running, later, again]) {
    const asked = await connect(clone?.aid ?? '');
    t.is(await asked.ask('debug', 'digest'), digest);
    asked.close();
  }
  t.regex(await store.ok('flatten', 'top'), /stands alone already/);
});

test.serial('what has no image is refused', async (t) => {
  t.regex((await store.appshot(['flatten', 'nobody'])).stderr, /no template and no instance/);
  await store.run('plain', [], ['sleep', '100']);
  t.regex((await store.appshot(['flatten', 'plain'])).stderr, /it has no image/);
});
