import test from 'ava';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchEnd } from '../src/instances.ts';
import { storePaths } from '../src/paths.ts';
import type { Store } from '../src/store.ts';
import { isAlive, pidPairs, startTicks } from '../vproc/pid.ts';
import { eventually } from './support/store.ts';

const home = mkdtempSync(join(tmpdir(), 'appshot-descriptors-'));
test.after.always(() => {
  rmSync(home, { recursive: true });
});

const MOST = 512;

/** Runs `work` while this process can have no further descriptor. */
function withNoneLeft<T>(work: () => T): T {
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${MOST}:`]);
  const held: number[] = [];
  try {
    for (let count = 0; count <= MOST; count++) held.push(openSync('/dev/null', 'r'));
    throw new Error('there is no limit');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
    return work();
  } finally {
    for (const each of held) closeSync(each);
  }
}

test.serial('where nothing can be opened, nobody is taken for dead', async (t) => {
  const child = spawn('sleep', ['1000']);
  const pid = child.pid ?? 0;
  const ticks = startTicks(pid);
  withNoneLeft(() => {
    t.throws(() => isAlive(pid, ticks), { code: 'EMFILE' });
    t.throws(() => startTicks(pid), { code: 'EMFILE' });
    t.throws(() => pidPairs(pid, join(home, 'table')), { code: 'EMFILE' });
  });
  t.true(isAlive(pid, ticks));
  child.kill();
  await once(child, 'exit');
  t.false(isAlive(pid, ticks));
  t.is(startTicks(pid), null);
  t.deepEqual(pidPairs(pid, join(home, 'table')), []);
});

test.serial('an end that can not be watched at first is no end, and is recorded once it has come', async (t) => {
  const child = spawn('sleep', ['1000']);
  const pid = child.pid ?? 0;
  const row = { state: 'running', initPid: pid };
  const store = {
    paths: storePaths({ APPSHOT_HOME: home }),
    log: () => undefined,
    db: {
      open: true,
      transaction: (work: () => void) => {
        work();
      },
      instances: { get: () => row, update: (_: string, change: object) => Object.assign(row, change) },
      translations: { set: () => undefined },
    },
  } as unknown as Store;
  mkdirSync(store.paths.instances, { recursive: true });
  withNoneLeft(() => {
    watchEnd(store, 'web', pid);
  });
  t.is(row.state, 'running');
  await sleep(700); // by now it is watched
  t.is(row.state, 'running');
  child.kill();
  await eventually(() => {
    if (row.state === 'running') throw new Error('not yet');
  });
  t.is(row.state, 'exited 137');
  watchEnd(store, 'web', pid);
});
