import test from 'ava';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from '../support/redis.ts';
import { TestStore } from '../support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const KEYS = 110_000;
/** Values of 10,000 bytes, no two alike. */
const fill = "for i = 1, tonumber(ARGV[1]) do local w = i .. ':' redis.call('set', 'key:' .. i, string.rep(w, math.floor(10000 / #w))) end";

test.serial('redis with 1 GiB: ten clones live at once, right and independent', async (t) => {
  await store.run(
    'db',
    ['--wait-for', 'port:6379', '-w', '/var/tmp'],
    [
      'redis-server',
      '--port',
      '6379',
      '--save',
      '',
      '--enable-debug-command',
      'yes',
      '--dir',
      '/var/tmp',
      '--dbfilename',
      'appshot-test.rdb',
    ],
  );
  const source = await Redis.connect(await store.address('db', 6379));
  await source.ask('eval', fill, 0, KEYS);
  await source.ask('set', 'who', 'source');
  const digest = await source.ask('debug', 'digest');
  const [committed] = await store.json<{ frozenMs: number; bytes: number }>('commit', 'db', 'redis');
  t.true((committed?.bytes ?? 0) > 1e9);
  const clones = await store.clone('redis', '-n', '10');
  t.is(clones.length, 10);
  const clients = await Promise.all(
    clones.map(async (clone) => Redis.connect(clone.ports.find((port) => port.port === 6379)?.address ?? '')),
  );
  for (const client of clients) t.is(await client.ask('debug', 'digest'), digest, 'every key is right');
  await Promise.all(clients.map((client, index) => client.ask('set', 'who', `clone-${index}`)));
  for (const [index, client] of clients.entries()) t.is(await client.ask('get', 'who'), `clone-${index}`);
  t.is(await source.ask('get', 'who'), 'source');
  t.is(await source.ask('debug', 'digest'), digest, 'the source goes on with what it had');
  for (const client of clients.slice(0, 2)) t.is(await client.ask('save'), 'OK');
  for (const clone of clones.slice(0, 2)) t.true(statSync(join(clone.root, 'var/tmp/appshot-test.rdb')).size > 1e6);
  t.false(existsSync(join(clones[2]?.root ?? '', 'var/tmp/appshot-test.rdb')), 'a dump file is seen by the clone that wrote it alone');
  t.false(existsSync('/var/tmp/appshot-test.rdb'));
  for (const client of [source, ...clients]) client.close();
});
