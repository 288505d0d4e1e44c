import test from 'ava';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { getJson } from '../support/http.ts';
import { TestStore } from '../support/store.ts';

interface Answer {
  aid: string;
  pid: number;
  requests: number;
  word: number;
  visits: string[];
}

const store = new TestStore();
test.after.always(() => store.close());

test.serial('a warmed Node server becomes a template, and the template five live servers', async (t) => {
  const source = await store.run('web', ['--wait-for', 'port:8080'], [process.execPath, join(projectRoot, 'examples/warm-server.mjs')]);
  const address = await store.address('web', 8080);
  const before = await getJson<Answer>(address, '/?word=word-42');
  t.is(before.aid, 'web');
  const [committed] = await store.json<{ template: string; processes: number; threads: number }>('commit', 'web', 'warm');
  t.is(committed?.template, 'warm');
  t.is(committed?.processes, 1);
  const clones = await store.clone('warm', '-n', '5');
  t.deepEqual(
    clones.map((clone) => clone.aid).sort(),
    [1, 2, 3, 4, 5].map((n) => `warm-${n}`),
  );
  for (const clone of clones) {
    const own = await getJson<Answer>(await store.address(clone.aid, 8080), `/note?text=only-${clone.aid}&word=word-42`);
    t.is(own.aid, clone.aid);
    t.is(own.pid, before.pid, 'the virtual pid is what it was');
    t.is(own.word, before.word);
    t.is(own.requests, 2, 'each goes on from the request the source had answered');
    t.deepEqual(own.visits, ['warmed once', `only-${clone.aid}`]);
    t.not(clone.pids.find((pid) => pid.virtual === own.pid)?.system, source.pids[0]?.system, 'the system pid is its own');
  }
  t.deepEqual((await getJson<Answer>(address)).visits, ['warmed once'], 'nothing of the clones reaches the source');
});

test.serial('three generations, each committed from the one before', async (t) => {
  let aid = 'warm-1';
  for (const generation of [2, 3]) {
    await getJson(await store.address(aid, 8080), `/note?text=generation-${generation}`);
    const [committed] = await store.json<{ bytes: number; dumpedBytes: number }>('commit', aid, `warm-g${generation}`);
    t.true((committed?.dumpedBytes ?? 0) < (committed?.bytes ?? 0), 'only what changed is written');
    const [clone] = await store.clone(`warm-g${generation}`);
    aid = clone?.aid ?? '';
    const answer = await getJson<Answer>(await store.address(aid, 8080), '/?word=word-42');
    t.is(answer.aid, aid);
    t.is(answer.word, (42 * 2_654_435_761) % 4_294_967_296);
    t.true(answer.visits.includes(`generation-${generation}`));
  }
});
