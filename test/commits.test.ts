/** An instance that is committed again and again. */
import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

async function layersOf(template: string): Promise<string[]> {
  const [found] = await store.json<{ layers: { id: string }[] }>('inspect', template);
  return (found?.layers ?? []).map((layer) => layer.id);
}

test.serial('a commit that finds no file written makes no layer', async (t) => {
  await store.run('idle', ['-w', '/'], ['sleep', '1000']);
  await store.ok('commit', 'idle', 'first');
  const first = await layersOf('first');
  await store.ok('commit', 'idle', 'second');
  await store.ok('commit', 'idle', 'third');
  t.deepEqual(await layersOf('third'), first);
  for (const [index, change] of [
    'echo here >/var/tmp/appshot-note',
    'echo anew >/var/tmp/appshot-note',
    'rm /var/tmp/appshot-note',
    'mkdir /appshot-came && rmdir /appshot-came',
    'chmod 711 / && chmod 755 /',
  ].entries()) {
    await store.ok('exec', 'idle', '--', 'sh', '-c', change);
    await store.ok('commit', 'idle', `changed-${index}`);
    t.is((await layersOf(`changed-${index}`)).length, first.length + index + 1, change);
  }
  const note = async (template: string): Promise<string> => {
    const [clone] = await store.clone(template);
    const { stdout } = await store.appshot(['exec', clone?.aid ?? '', '--', 'cat', '/var/tmp/appshot-note']);
    return stdout;
  };
  t.deepEqual(
    [await note('third'), await note('changed-0'), await note('changed-1'), await note('changed-2')],
    ['', 'here\n', 'anew\n', ''],
  );
});

const SPINNER = `
import os, time
os.sched_setaffinity(0, {0}); print('spins', flush=True)
end = time.monotonic() + 12
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
while time.monotonic() < end: pass
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)); time.sleep(1000)
`;

test.serial('a real-time thread that never rests goes on after a commit, which does not wait for it', async (t) => {
  await store.run('spinner', ['--wait-for', 'log:spins'], ['python3', '-c', SPINNER]);
  const begun = Date.now();
  await store.ok('commit', 'spinner', 'spun');
  const took = Date.now() - begun;
  await store.ok('destroy', 'spinner');
  t.true(took < 9000, `${took} ms`);
});

const MANY = 60;

test.serial(`${MANY} commits that each find something written stand one upon the other`, async (t) => {
  t.timeout(240_000);
  await store.run('busy', ['-w', '/'], ['sleep', '1000']);
  for (let round = 0; round < MANY; round++) {
    if (round === MANY / 2) await store.ok('daemon', '--stop'); // another goes on from the records
    await store.ok(
      'exec',
      'busy',
      '--',
      'sh',
      '-c',
      `cd /var/tmp && mkdir -p appshot-many && cd appshot-many && echo ${round} >${round} && echo ${round} >last`,
    );
    await store.operations.commit({ aid: 'busy', template: `busy-${round}` });
  }
  const [bottom, top] = [await layersOf('busy-0'), await layersOf(`busy-${MANY - 1}`)];
  t.is(top.length, bottom.length + MANY - 1);
  t.deepEqual(top.slice(MANY - 1), bottom, 'in their order');
  for (const round of [0, 7, MANY - 1]) {
    const [clone] = await store.clone(`busy-${round}`);
    const { stdout } = await store.appshot([
      'exec',
      clone?.aid ?? '',
      '--',
      'sh',
      '-c',
      'cd /var/tmp/appshot-many && cat last && ls | wc -l && cat 0',
    ]);
    t.is(stdout, `${round}\n${round + 2}\n0\n`);
  }
  // What was known of a layer is not used where another hand has changed it: a clone that is made now sees it.
  writeFileSync(join(store.home, 'data/layers', top[0] ?? '', 'var/tmp/appshot-many/by-hand'), '');
  await store.clone(`busy-${MANY - 1}`, '--aid', 'late');
  t.is(await store.ok('exec', 'late', '--', 'ls', '/var/tmp/appshot-many/by-hand'), '/var/tmp/appshot-many/by-hand\n');
});
