/**
 * One system call at a time fails: of the dumper while it commits, of the restorer while it clones. Each ends in a clear error
 * or in no harm: the source runs on, nothing is left behind, and the next commit or clone is as good as any. The same where the dumper is
 * killed in front of each.
 * APPSHOT_FAULTS=N takes every Nth call; 1 takes them all.
 */
import test, { type ExecutionContext } from 'ava';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Appshot } from '../../src/appshot.ts';
import { eventually } from '../support/store.ts';
import { SINGLE, TREE } from './applications.ts';
import {
  answer,
  clear,
  demand,
  ERRORS,
  failure,
  type Fault,
  FaultyStore,
  KILLED,
  points,
  Problems,
  told,
  wrongWith,
} from './faulty-store.ts';

const store = new FaultyStore();
test.after.always(() => {
  store.close();
});

async function failDumper(
  t: ExecutionContext,
  program: string,
  errors: readonly number[],
  kind: Pick<Fault, 'answers'> = {},
): Promise<void> {
  t.timeout(14_400_000);
  const appshot = await Appshot.open({ paths: store.paths });
  try {
    const start = async (): Promise<string> => {
      const command = ['python3', '-c', program];
      const source = await appshot.run({ aid: 'source', command, cwd: '/', waitFor: { kind: 'port', port: 9901 } });
      return source.ports[0]?.address ?? (await appshot.ports({ aid: 'source' }))[0]?.address ?? '';
    };
    let address = await start();
    let last = await answer(address);
    store.faultyDumper({ n: 0, error: 5, ...kind });
    await appshot.commit({ aid: 'source', template: 'counted' });
    const { count } = store.reported();
    t.true(count > (kind.answers === undefined ? 100 : 20), `only ${count} system calls were seen`);
    await appshot.rm({ templates: ['counted'] });
    const images = readdirSync(join(store.home, 'data/images')).length;
    const mountsBefore = store.mounts();
    let failures = 0;
    const problems = new Problems();
    let soundUntil = 0;
    for (const [tried, n] of points(count).entries()) {
      // A source that has been damaged would fail at all that follows, and each commit that succeeds leaves it one layer more.
      if (problems.count > soundUntil || tried % 100 === 99) {
        store.soundDumper();
        soundUntil = problems.count;
        await clear(appshot);
        address = await start();
        last = await answer(address);
      }
      const fault = { n, error: errors[n % errors.length] ?? 5, ...kind };
      store.faultyDumper(fault);
      const refused = await failure(appshot.commit({ aid: 'source', template: 'faulty' }));
      const { call } = store.reported();
      if (refused !== null) failures++;
      await problems.at(
        t,
        () => told(fault, count, call, refused),
        async () => {
          const [before, now] = [last, await answer(address)];
          last = now;
          demand(now === (before + 1) % 256, `the source answered ${now} after ${before}`);
          const listed = (await appshot.ls({})).some((row) => row.name === 'faulty');
          demand(listed === (refused === null), listed ? 'the template is listed' : 'the template is not listed');
          if (refused === null) {
            const wrong = await wrongWith(appshot, 'faulty');
            await appshot.rm({ templates: ['faulty'] });
            demand(wrong === null, `the clone: ${wrong ?? ''}`);
          } else {
            demand(refused.message.includes('source') && !refused.message.includes('\n'), 'no clear words');
          }
          await eventually(() => {
            demand(store.mounts() <= mountsBefore, `${store.mounts() - mountsBefore} mounts are left`);
          });
          demand(readdirSync(join(store.home, 'data/images')).length === images, 'an image is left');
        },
      );
    }
    problems.check(t);
    t.true(failures > 3, 'some calls matter');
    store.soundDumper();
    await appshot.commit({ aid: 'source', template: 'after' });
    t.is(await wrongWith(appshot, 'after'), null, 'a commit after all the failed ones');
    t.log(`${points(count).length} of ${count} system calls failed one at a time: ${failures} commits refused`);
  } finally {
    store.soundDumper();
    await clear(appshot);
    await appshot.close();
  }
}

test.serial('every system call of the dumper may fail: a tree runs on, and nothing is left', failDumper, TREE, ERRORS);
test.serial(
  'every system call of the dumper may fail: a process with all that is hard to see runs on, and nothing is left',
  failDumper,
  SINGLE,
  ERRORS,
);
test.serial('every call that the dumper has others make may answer with an error: a tree runs on', failDumper, TREE, ERRORS, {
  answers: true,
});
test.serial(
  'every call that the dumper has others make may answer with an error: what it then does not know of a process is not taken for nothing',
  failDumper,
  SINGLE,
  ERRORS,
  { answers: true },
);
test.serial('the dumper may be killed at every system call: a tree runs on, and nothing is left', failDumper, TREE, [KILLED]);
test.serial(
  'the dumper may be killed at every system call: a process with all that is hard to see runs on, and nothing is left',
  failDumper,
  SINGLE,
  [KILLED],
);

/** By which a restored thread becomes as it was, some of them after the synchronised resume; each answers with a number that nothing else looks at. */
const SETTERS = Object.values({
  ...{ lseek: 8, setitimer: 38, fcntl: 72, umask: 95, setpriority: 141, sched_setscheduler: 144, prctl: 157, sched_setaffinity: 203 },
  ...{ set_tid_address: 218, timer_settime: 223, sched_setattr: 314, prlimit64: 302, close_range: 436 },
});

async function failRestorer(t: ExecutionContext, program: string, only?: readonly number[]): Promise<void> {
  t.timeout(14_400_000);
  const appshot = await Appshot.open({ paths: store.paths });
  try {
    await appshot.run({ aid: 'source', command: ['python3', '-c', program], cwd: '/', waitFor: { kind: 'port', port: 9901 } });
    const before = store.mounts();
    await appshot.commit({ aid: 'source', template: 'template' });
    t.is(await wrongWith(appshot, 'template'), null);
    const count = await countRestore(appshot, only);
    t.true(count > (only === undefined ? 100 : 20), `only ${count} system calls were seen`);
    let failures = 0;
    const problems = new Problems();
    const chosen = points(count, only === undefined ? 24 : 80);
    for (const n of chosen) {
      const fault = { n, error: ERRORS[n % ERRORS.length] ?? 5, ...(only === undefined ? {} : { only }) };
      const stop = await store.faultyForge(fault);
      let made: string | undefined;
      const refused = await failure(
        appshot.clone({ template: 'template', aid: 'faulty' }).then(([clone]) => (made = clone?.ports[0]?.address)),
      );
      const { call } = await stop();
      if (refused !== null) failures++;
      await problems.at(
        t,
        () => told(fault, count, call, refused),
        async () => {
          const listed = (await appshot.ps({ all: true })).some((row) => row.aid === 'faulty');
          demand(listed === (refused === null), listed ? 'the clone is listed' : 'the clone is not listed');
          if (refused === null) {
            // A clone that is made has all that it should, whatever failed.
            const wrong = await answer(made ?? '').then(() => null, String);
            await appshot.destroy({ aids: ['faulty'] });
            demand(wrong === null, `the clone: ${wrong ?? ''}`);
          } else {
            demand(!refused.message.includes('\n'), 'no clear words');
          }
          const wrong = await wrongWith(appshot, 'template');
          demand(wrong === null, `the next clone: ${wrong ?? ''}`);
        },
      );
    }
    problems.check(t);
    // Roots that are kept ready for the next clone go with their template.
    await appshot.rm({ templates: ['template'] });
    await eventually(() => {
      if (store.mounts() > before) throw new Error(`${store.mounts() - before} mounts are left`);
    });
    t.true(failures > 3, 'some calls matter');
    t.log(`${chosen.length} of ${count} system calls failed one at a time: ${failures} clones refused`);
  } finally {
    await clear(appshot);
    await appshot.close();
  }
}

test.serial('every system call of the restorer may fail: no clone, a clear error, and nothing is left', failRestorer, TREE);
test.serial(
  'every system call of the restorer may fail: no clone of a process with all that is hard to see, or one that has all of it',
  failRestorer,
  SINGLE,
);

test.serial(
  'every call by which the restorer makes a thread what it was may fail: no clone, or one that is it',
  failRestorer,
  SINGLE,
  SETTERS,
);

/** Under the preload mechanism an instance without its table would have the system's ids, and nobody would say so. */
test.serial('a launch that can open no file, or not its table, says so: no instance, or one with ids of its own', async (t) => {
  t.timeout(600_000);
  const appshot = await Appshot.open({ paths: store.paths });
  const OPENAT = 257;
  const command = ['sh', '-c', 'echo $PPID; exec sleep 1000'];
  const start = (): Promise<unknown> =>
    appshot.run({ aid: 'launched', command, cwd: '/', vproc: 'preload', waitFor: { kind: 'log', pattern: '^[0-9]' } });
  try {
    await start();
    await appshot.destroy({ aids: ['launched'] });
    const words: string[] = [];
    const saidOfTable = (): boolean =>
      words.some((word) => /^run launched: .*open the table of ids \/\.appshot\/table: Too many open files/i.test(word));
    for (let n = 1; !saidOfTable() && n < 10; n++) {
      const stop = await store.faultyForge({ n, error: 24, only: [OPENAT] });
      const refused = await failure(start());
      await stop();
      if (refused !== null) words.push(refused.message);
      else t.is(readFileSync((await appshot.logs({ aid: 'launched' })).stdout, 'latin1'), '1\n', `openat ${n}`);
      if (refused === null) await appshot.destroy({ aids: ['launched'] });
    }
    t.true(saidOfTable(), words.join('\n'));
    for (const word of words) t.false(word.includes('\n'), word);
  } finally {
    await clear(appshot);
    await appshot.close();
  }
});

async function countRestore(appshot: Appshot, only?: readonly number[]): Promise<number> {
  const stop = await store.faultyForge({ n: 0, error: 5, ...(only === undefined ? {} : { only }) });
  await appshot.clone({ template: 'template', aid: 'counted' });
  const { count } = await stop();
  await appshot.destroy({ aids: ['counted'] });
  return count;
}
