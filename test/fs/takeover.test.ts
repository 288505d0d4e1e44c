import test from 'ava';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from '../support/redis.ts';
import { eventually, TestStore } from '../support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

/** On a machine with much else to do the work must come to its end some time: kills grow rarer, and are no more than this. */
const MOST_KILLS = 300;
const RARER = 1.03;

/** Kills the store's view server again and again while `work` goes on; how often it did. */
async function whileKilled(work: () => Promise<void>): Promise<number> {
  const state = { done: false };
  let kills = 0;
  const killing = (async () => {
    while (!state.done && kills < MOST_KILLS) {
      await sleep((30 + Math.random() * 120) * RARER ** kills);
      if (killView()) kills++;
    }
  })();
  try {
    await work();
  } finally {
    state.done = true;
    await killing;
  }
  return kills;
}

/** False when it was killed a moment ago and the next one isn't there yet. */
function killView(): boolean {
  try {
    const pid = Number(readFileSync(join(store.home, 'run/view.sock.pid'), 'latin1'));
    if (readFileSync(`/proc/${pid}/comm`, 'latin1') !== 'appshot-view\n') return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Files made, read back, renamed, listed and removed; it fails loudly at the first error. */
const churn = `
set -e
cd /var/tmp && rm -rf churn && mkdir churn && cd churn
for i in $(seq 1 300); do
  mkdir d$i; echo $i > d$i/a; mv d$i/a d$i/b; ln d$i/b d$i/c; test "$(cat d$i/c)" = $i
  mkdir e$i; mv d$i e$i/d; rm e$i/d/b; test "$(ls e$i/d)" = c
done
test "$(ls | wc -l)" = 300; test "$(cat e*/d/c | sort -n | tail -1)" = 300
cd .. && rm -r churn && echo fine`;

test.serial('instances go on while the view server is killed', async (t) => {
  await store.run(
    'db',
    ['--wait-for', 'port:6379', '-w', '/var/tmp'],
    ['redis-server', '--port', '6379', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', '/var/tmp'],
  );
  const redis = await Redis.connect(await store.address('db', 6379));
  const kills = await whileKilled(async () => {
    const writes = async (): Promise<void> => {
      for (let i = 0; i < 2000; i++) t.is(await redis.ask('set', `k${i}`, `v${i}`), 'OK');
    };
    const [outcome] = await Promise.all([store.appshot(['exec', 'db', '--', 'sh', '-c', churn], { timeoutMs: 280_000 }), writes()]);
    t.deepEqual([outcome.code, outcome.stdout, outcome.stderr], [0, 'fine\n', '']);
  });
  t.true(kills > 3, `${kills} kills`);
  t.is(await redis.ask('dbsize'), 2000);
  redis.close();
});

test.serial('commit and clone go on while the view server is killed', async (t) => {
  let clones = 0;
  const kills = await whileKilled(async () => {
    for (let round = 0; round < 4; round++) {
      const committed = await store.appshot(['commit', 'db', `t${round}`]);
      t.is(committed.code, 0, committed.stderr);
      for (const { aid } of await store.clone(`t${round}`, '-n', '2')) {
        const clone = await Redis.connect(await store.address(aid, 6379));
        t.is(await clone.ask('dbsize'), 2000 + round, 'the clone has what was there at the commit');
        t.is(await clone.ask('set', 'own', aid), 'OK');
        clone.close();
        clones++;
        await store.ok('destroy', aid);
      }
      const source = await Redis.connect(await store.address('db', 6379));
      t.is(await source.ask('set', `after${round}`, 'x'), 'OK');
      source.close();
    }
  });
  t.is(clones, 8);
  t.true(kills > 3, `${kills} kills`);
});

test.serial('a server whose keeper was killed becomes a keeper, and is replaced again when it is killed', async (t) => {
  const keeperOf = (pid: number): number =>
    Number(
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/.*\) \S /, '')
        .split(' ')[0],
    );
  const server = (): number => Number(readFileSync(join(store.home, 'run/view.sock.pid'), 'latin1'));
  for (let round = 0; round < 3; round++) {
    // Both killed at once would leave nobody: the one that takes over from the last kill comes first.
    await store.ok('exec', 'db', '--', 'sh', '-c', 'ls /etc/passwd');
    await eventually(() => readFileSync(`/proc/${server()}/comm`, 'latin1'));
    const before = server();
    process.kill(keeperOf(before), 'SIGKILL');
    t.is(await store.ok('exec', 'db', '--', 'sh', '-c', 'ls /etc/passwd'), '/etc/passwd\n');
    for (let tries = 0; server() === before && tries < 500; tries++) await sleep(10);
    t.not(server(), before);
    t.true(killView());
    t.is(await store.ok('exec', 'db', '--', 'sh', '-c', 'echo x > /var/tmp/after && cat /var/tmp/after'), 'x\n');
  }
});
