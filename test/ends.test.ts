import test from 'ava';
import { readFileSync } from 'node:fs';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const stateOf = async (aid: string): Promise<string | undefined> =>
  (await store.json<{ aid: string; state: string }>('ps', '-a')).find((row) => row.aid === aid)?.state;

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** True while there is a process of that number, and it is no zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

// The init of the earlier life is stopped so that it reaps, and writes down, that its processes were killed when it is let go: after all
// that it could spoil. What is left over of the second life keeps it from ending meanwhile.
test.serial('what the init of an earlier life writes down late is not taken for the end of the restored one', async (t) => {
  const script = 'trap "exit 7" USR1; sleep 1000 & echo ready; wait; wait';
  const started = await store.run('twice', ['--wait-for', 'log:ready'], ['sh', '-c', script]);
  const earlier = parentOf(started.pids.find(({ virtual }) => virtual === 2)?.system ?? 0);
  process.kill(earlier, 'SIGSTOP');
  try {
    await store.ok('snapshot', 'twice');
    await store.ok('restore', 'twice');
    await store.ok('kill', 'twice', '-s', 'USR1');
    t.deepEqual(await store.operations.wait({ aid: 'twice' }), { code: 7 });
  } finally {
    process.kill(earlier, 'SIGCONT');
  }
  await eventually(() => {
    if (lives(earlier)) throw new Error('the init of the earlier life has not ended');
  });
  t.is(await stateOf('twice'), 'running', 'its other process is still there');
  t.deepEqual(await store.operations.wait({ aid: 'twice' }), { code: 7 });
  await store.ok('stop', 'twice');
  t.is(await stateOf('twice'), 'exited 7');
});
