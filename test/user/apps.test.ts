import test from 'ava';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { getJson } from '../support/http.ts';
import { Redis } from '../support/redis.ts';
import { UserStore } from './user-store.ts';

const store = await UserStore.open();
test.after.always(() => store.close());

/** For the next mechanism, whose instances have the same names. */
async function endAll(): Promise<void> {
  const aids = (await store.ok('ps', '-a', '-q')).trim().split('\n');
  await store.ok('destroy', ...aids);
  for (const { name } of await store.json<{ name: string }>('ls')) await store.ok('rm', name);
}

for (const mechanism of ['namespace', 'preload'])
  test.serial(`redis: keys, a save of its own, and a rewrite that forks, ${mechanism}`, async (t) => {
    const words = ['redis-server', '--port', '6379', '--save', '', '--dir', store.scratch, '--enable-debug-command', 'yes'];
    await store.run('db', ['--vproc', mechanism, '--wait-for', 'port:6379', '-w', store.scratch], words);
    const source = await Redis.connect(await store.address('db', 6379));
    await source.ask('debug', 'populate', 20_000, 'key', 100);
    await source.ask('set', 'who', 'source');
    await store.ok('commit', 'db', 'redis');
    for (const { aid } of await store.clone('redis', '-n', '2')) {
      const clone = await Redis.connect(await store.address(aid, 6379));
      t.is(await clone.ask('dbsize'), 20_001);
      await clone.ask('set', 'who', aid);
      t.is(await clone.ask('get', 'who'), aid);
      t.is(await clone.ask('save'), 'OK');
      t.regex(await store.ok('exec', aid, '--', 'stat', '-c', '%U %s', join(store.scratch, 'dump.rdb')), /^\S+ \d{4,}\n$/);
      clone.close();
    }
    t.is(await source.ask('get', 'who'), 'source');
    t.not((await store.appshot(['exec', 'db', '--', 'test', '-e', join(store.scratch, 'dump.rdb')])).code, 0);
    source.close();
    await endAll();
  });

interface State {
  pid: number;
  first: number;
  counts: number[];
}

for (const mechanism of ['namespace', 'preload'])
  test.serial(`python: four threads and 256 MiB, ${mechanism}`, async (t) => {
    await store.run(
      'py',
      ['--vproc', mechanism, '--wait-for', 'port:9000'],
      ['python3', join(projectRoot, 'test/programs/apps/threads.py')],
    );
    const before = await getJson<State>(await store.address('py', 9000));
    await store.ok('commit', 'py', 'python');
    const clones = await store.clone('python', '-n', '2');
    for (const { aid } of clones) {
      const address = await store.address(aid, 9000);
      t.true((await getJson<{ right: boolean }>(address, '/verify')).right);
      t.is((await getJson<State>(address)).pid, before.pid);
    }
    await getJson(await store.address(clones[0]?.aid ?? '', 9000), '/poke=99');
    t.is((await getJson<State>(await store.address(clones[0]?.aid ?? '', 9000))).first, 99);
    t.is((await getJson<State>(await store.address(clones[1]?.aid ?? '', 9000))).first, before.first);
    await endAll();
  });
