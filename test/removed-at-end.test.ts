import test from 'ava';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const names = async (): Promise<string> => (await store.ok('ps', '-a', '-q')).trim();
const left = (): string[] => ['state/instances', 'run/mnt', 'data/layers'].flatMap((directory) => readdirSync(join(store.home, directory)));

const gone = (): Promise<void> =>
  eventually(async () => {
    const there = [await names(), ...left()].join(' ').trim();
    if (there !== '') throw new Error(`still there: ${there}`);
  });

test.serial('run -d --rm: what has ended is removed, with all that was its own', async (t) => {
  for (const code of ['0', '4']) {
    await store.ok('run', '-d', '--rm', '--aid', 'brief', '--', 'sh', '-c', `echo x > /var/tmp/mine; exit ${code}`);
    await gone();
  }
  await store.ok('run', '-d', '--aid', 'stays', '--', 'true');
  await eventually(async () => {
    if (!(await store.ok('ps', '-a')).includes('exited 0')) throw new Error('not yet');
  });
  t.is(await names(), 'stays');
  t.is((await store.ok('destroy', 'stays', 'stays')).trim(), 'stays', 'named twice is done once');
});

test.serial('whoever waits for its end is told before it goes', async (t) => {
  for (let round = 0; round < 5; round++) {
    await store.ok('run', '-d', '--rm', '--aid', 'told', '--', 'sh', '-c', 'sleep 0.3; exit 7');
    t.is((await store.operations.wait({ aid: 'told' })).code, 7);
    await gone();
  }
  await store.ok('run', '-d', '--rm', '--aid', 'told', '--', 'sleep', '1000');
  t.is((await store.json<{ state: string }>('stop', 'told'))[0]?.state, 'exited 143');
  await gone();
});

test.serial('one that ends while no daemon runs is removed by the next, one that is put away is not', async (t) => {
  const { pids } = await store.run('alone', ['--rm'], ['sleep', '1000']);
  await store.ok('daemon', '--stop');
  process.kill(pids[0]?.system ?? 0);
  await gone();
  await store.run('away', ['--rm'], ['sleep', '1000']);
  await store.ok('snapshot', 'away');
  await store.ok('daemon', '--stop');
  t.is(await names(), 'away');
  await store.ok('restore', 'away');
  await store.ok('kill', 'away');
  await gone();
});
