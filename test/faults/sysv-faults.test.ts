/**
 * Each system call by which System V objects are saved, and made again, fails: under both mechanisms, for without namespaces nothing but the restorer
 * itself takes away what it made. Each ends in one line that says which kind of object it was, and no object is left.
 */
import test, { type ExecutionContext } from 'ava';
import { readFileSync } from 'node:fs';
import { Appshot, type VprocMode } from '../../src/appshot.ts';
import { eventually } from '../support/store.ts';
import { SINGLE } from './applications.ts';
import { answer, clear, demand, ERRORS, failure, FaultyStore, KILLED, Problems, told, wrongWith, type Fault } from './faulty-store.ts';

const store = new FaultyStore();
test.after.always(() => {
  store.close();
});

/** By their numbers on x86-64. */
const calls = { shmget: 29, shmat: 30, shmctl: 31, semget: 64, semctl: 66, shmdt: 67, msgget: 68, msgsnd: 69, msgrcv: 70, msgctl: 71 };
const ALL = Object.values(calls);
/** Whether it lets go of what it has looked at makes no difference to a program that ends. */
const OF_DUMPER = ALL.filter((call) => call !== calls.shmdt);
const WORDS = /shared memory segment|semaphore set|message queue|System V objects/;

/** How many objects of the application there are outside of namespaces, which its source and its clones have. */
const objectsOutside = (): number =>
  ['shm', 'sem', 'msg'].flatMap((kind) =>
    readFileSync(`/proc/sysvipc/${kind}`, 'latin1')
      .split('\n')
      .filter((line) => /^\s*-?\d+\s+-?\d+\s+1?602\s/.test(line)),
  ).length;

async function address(appshot: Appshot, aid: string): Promise<string> {
  return (await appshot.ports({ aid }))[0]?.address ?? 'no port';
}

/** Makes one call after the other fail with each error. `attempt` throws unless all is as it should be after its fault. */
async function each(
  t: ExecutionContext,
  count: number,
  fault: { errors: readonly number[]; only: readonly number[] },
  attempt: (fault: Fault, count: number) => Promise<void>,
): Promise<void> {
  const problems = new Problems();
  for (const error of fault.errors)
    for (let n = 1; n <= count; n++)
      await problems.at(
        t,
        () => `call ${n} of ${count} with ${error}`,
        () => attempt({ n, error, only: fault.only }, count),
      );
  problems.check(t);
}

async function trial(t: ExecutionContext, vproc: VprocMode): Promise<void> {
  t.timeout(3_600_000);
  const appshot = await Appshot.open({ paths: store.paths });
  const begun = objectsOutside();
  try {
    await appshot.run({ aid: 'source', command: ['python3', '-c', SINGLE], cwd: '/', vproc, waitFor: { kind: 'port', port: 9901 } });
    const own = objectsOutside();
    t.is(own - begun, vproc === 'preload' ? 3 : 0, 'what is counted are its objects');
    const nothingIsLeft = (): Promise<void> =>
      eventually(() => {
        demand(objectsOutside() === own, `${objectsOutside() - own} objects are left`);
      });
    store.faultyDumper({ n: 0, error: 5, only: OF_DUMPER });
    await appshot.commit({ aid: 'source', template: 'template' });
    const saving = store.reported().count;
    t.true(saving >= 6, `${saving} calls to save three objects`);
    await each(t, saving, { errors: [...ERRORS, KILLED], only: OF_DUMPER }, async (fault, count) => {
      store.faultyDumper(fault);
      const refused = await failure(appshot.commit({ aid: 'source', template: 'faulty' }));
      const { call } = store.reported();
      const what = told(fault, count, call, refused);
      demand(refused !== null && (fault.error === KILLED || WORDS.test(refused.message)) && !refused.message.includes('\n'), what);
      demand(OF_DUMPER.includes(call), what);
      await answer(await address(appshot, 'source'));
      demand(!(await appshot.ls({})).some((row) => row.name === 'faulty'), `${what}: the template is listed`);
      await nothingIsLeft();
    });
    store.soundDumper();

    const stop = await store.faultyForge({ n: 0, error: 5, only: ALL });
    await appshot.clone({ template: 'template', aid: 'counted' });
    const making = (await stop()).count;
    await appshot.destroy({ aids: ['counted'] });
    t.true(making >= 9, `${making} calls to make three objects`);
    await each(t, making, { errors: ERRORS, only: ALL }, async (fault, count) => {
      const letGo = await store.faultyForge(fault);
      const refused = await failure(appshot.clone({ template: 'template', aid: 'faulty' }));
      const { call } = await letGo();
      const what = told(fault, count, call, refused);
      if (refused === null) await appshot.destroy({ aids: ['faulty'] });
      demand(refused !== null && WORDS.test(refused.message) && !refused.message.includes('\n'), what);
      demand(ALL.includes(call), what);
      demand(!(await appshot.ps({ all: true })).some((row) => row.aid === 'faulty'), `${what}: the clone is listed`);
      await nothingIsLeft();
    });
    t.is(await wrongWith(appshot, 'template'), null, 'a clone after all the failed ones');
    await answer(await address(appshot, 'source'));
  } finally {
    store.soundDumper();
    await clear(appshot);
    t.is(objectsOutside(), begun, 'an object is left');
    await appshot.close();
  }
}

for (const vproc of ['namespace', 'preload'] as const)
  test.serial(`each system call for System V objects may fail, of the dumper and of the restorer, ${vproc}`, trial, vproc);
