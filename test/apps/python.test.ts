import test from 'ava';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../native/programs.ts';
import { getJson } from '../support/http.ts';
import { TestStore } from '../support/store.ts';

interface State {
  pid: number;
  ppid: number;
  first: number;
  counts: number[];
  threads: number;
  self: string;
}

const store = new TestStore();
test.after.always(() => store.close());

test.serial('CPython with 256 MiB and four threads: memory right, threads alive, clones apart', async (t) => {
  await store.run('py', ['--wait-for', 'port:9000'], ['python3', join(projectRoot, 'test/programs/apps/threads.py')]);
  const source = await store.address('py', 9000);
  const before = await getJson<State>(source);
  await store.ok('commit', 'py', 'python');
  const clones = await store.clone('python', '-n', '3');
  for (const clone of clones) {
    const address = await store.address(clone.aid, 9000);
    t.true((await getJson<{ right: boolean }>(address, '/verify')).right);
    const first = await getJson<State>(address);
    t.is(first.pid, before.pid);
    t.is(first.ppid, before.ppid);
    t.is(first.self, String(before.pid));
    await sleep(100);
    const later = await getJson<State>(address);
    t.true(
      later.counts.every((count, index) => count > (first.counts[index] ?? 0)),
      'all four threads run',
    );
  }
  await getJson(await store.address(clones[0]?.aid ?? '', 9000), '/poke=99');
  t.is((await getJson<State>(await store.address(clones[0]?.aid ?? '', 9000))).first, 99);
  t.is((await getJson<State>(await store.address(clones[1]?.aid ?? '', 9000))).first, before.first);
  t.is((await getJson<State>(source)).first, before.first);
});
