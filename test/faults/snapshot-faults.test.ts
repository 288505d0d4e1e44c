/**
 * One system call at a time fails while an instance is put away by `snapshot`, and while it is brought back by `restore`. It runs on, or it is
 * suspended and can be brought back; nothing else. Then it has all that it had, its listener among it, and nothing is left behind.
 * APPSHOT_FAULTS=N takes every Nth call; 1 takes them all.
 */
import test, { type ExecutionContext } from 'ava';
import { readdirSync } from 'node:fs';
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
  FaultyStore,
  KILLED,
  points,
  Problems,
  told,
  type Fault,
  type Report,
} from './faulty-store.ts';

const store = new FaultyStore();
test.after.always(() => {
  store.close();
});

/** An instance that is put away and brought back over and over. */
class Traveller {
  readonly appshot: Appshot;
  readonly #program: string;
  #last = 0;

  constructor(appshot: Appshot, program: string) {
    this.appshot = appshot;
    this.#program = program;
  }

  async begin(): Promise<void> {
    await clear(this.appshot);
    const command = ['python3', '-c', this.#program];
    await this.appshot.run({ aid: 'source', command, cwd: '/', waitFor: { kind: 'port', port: 9901 } });
    this.#last = await answer(await this.#address());
  }

  async state(): Promise<string> {
    return (await this.appshot.ps({ all: true })).find((row) => row.aid === 'source')?.state ?? 'gone';
  }

  /** Throws unless it is as it was when it was last asked. */
  async check(): Promise<void> {
    const [before, now] = [this.#last, await answer(await this.#address())];
    this.#last = now;
    demand(now === (before + 1) % 256, `it answered ${now} after ${before}`);
    await eventually(() => {
      const kept = readdirSync(join(store.home, 'run')).filter((name) => name.includes('kept'));
      demand(kept.length === 0, `kept sockets are left: ${kept.join(' ')}`);
    });
  }

  async #address(): Promise<string> {
    return (await this.appshot.ports({ aid: 'source' }))[0]?.address ?? 'no port';
  }
}

/** What is tried at each point, the traveller being there to begin with. */
interface Trial {
  readonly errors: readonly number[];
  count(traveller: Traveller): Promise<number>;
  /** The call that failed, and what it was refused with. */
  attempt(traveller: Traveller, fault: Fault): Promise<{ report: Report; refused: Awaited<ReturnType<typeof failure>> }>;
}

async function travel(t: ExecutionContext, program: string, trial: Trial): Promise<void> {
  t.timeout(14_400_000);
  const appshot = await Appshot.open({ paths: store.paths });
  const traveller = new Traveller(appshot, program);
  try {
    await traveller.begin();
    const count = await trial.count(traveller);
    t.true(count > 100, `only ${count} system calls were seen`);
    const problems = new Problems();
    let [soundUntil, failures] = [0, 0];
    for (const [tried, n] of points(count).entries()) {
      // One that was damaged would fail at all that follows, and one that is put away over and over stands on ever more images.
      if (problems.count > soundUntil || tried % 25 === 0) {
        soundUntil = problems.count;
        await traveller.begin();
      }
      const fault = { n, error: trial.errors[n % trial.errors.length] ?? 5 };
      const { report, refused } = await trial.attempt(traveller, fault);
      if (refused !== null) failures++;
      await problems.at(
        t,
        () => told(fault, count, report.call, refused),
        async () => {
          demand(refused === null || (refused.message.includes('source') && !refused.message.includes('\n')), 'no clear words');
          const state = await traveller.state();
          demand(['running', 'suspended'].includes(state), `it is ${state}`);
          if (state === 'suspended') await appshot.restore({ aid: 'source' });
          await traveller.check();
        },
      );
    }
    problems.check(t);
    t.true(failures > 3, 'some calls matter');
    t.log(`${points(count).length} of ${count} system calls failed one at a time: ${failures} refused`);
  } finally {
    store.soundDumper();
    await clear(appshot);
    t.deepEqual(readdirSync(join(store.home, 'data/images')), [], 'an image is left');
    await appshot.close();
  }
}

const puttingAway = (errors: readonly number[]): Trial => ({
  errors,
  count: async ({ appshot }) => {
    store.faultyDumper({ n: 0, error: 5 });
    await appshot.snapshot({ aid: 'source' });
    const { count } = store.reported();
    store.soundDumper();
    await appshot.restore({ aid: 'source' });
    return count;
  },
  attempt: async ({ appshot }, fault) => {
    store.faultyDumper(fault);
    const refused = await failure(appshot.snapshot({ aid: 'source' }));
    store.soundDumper();
    return { report: store.reported(), refused };
  },
});

const bringingBack: Trial = {
  errors: ERRORS,
  count: async ({ appshot }) => {
    await appshot.snapshot({ aid: 'source' });
    const stop = await store.faultyForge({ n: 0, error: 5 });
    await appshot.restore({ aid: 'source' });
    return (await stop()).count;
  },
  attempt: async ({ appshot }, fault) => {
    await appshot.snapshot({ aid: 'source' });
    const stop = await store.faultyForge(fault);
    const refused = await failure(appshot.restore({ aid: 'source' }));
    return { report: await stop(), refused };
  },
};

for (const [what, program] of [
  ['a tree', TREE],
  ['a process with all that is hard to see', SINGLE],
] as const) {
  test.serial(`every system call of a snapshot may fail: ${what} runs on, or can be brought back`, travel, program, puttingAway(ERRORS));
  test.serial(
    `a snapshot may be killed at every system call: ${what} runs on, or can be brought back`,
    travel,
    program,
    puttingAway([KILLED]),
  );
  test.serial(`every system call of a restore may fail: ${what} is there, or can be brought back`, travel, program, bringingBack);
}
