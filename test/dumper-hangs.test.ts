import test from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs } from '../native/programs.ts';
import { patience } from '../native/silence.ts';
import { Appshot } from '../src/appshot.ts';
import { storePaths } from '../src/paths.ts';
import { eventually } from './support/store.ts';
import { endStore } from './support/end-store.ts';

const home = mkdtempSync(join(tmpdir(), 'appshot-test-hangs-'));
const paths = storePaths({ APPSHOT_HOME: home });
const dumper = programs.dump;
const plainPatience = { ...patience };

test.after.always(() => {
  endStore(home);
});

/** The dumper, which stops for good as soon as it says a line that begins so, and nobody hears it. */
function useDumperThatHangsAt(word: string): void {
  const wrapper = join(home, 'dumper');
  const heard = `while read -r line; do case "$line" in ${word}*) kill -STOP $$ ;; *) echo "$line" ;; esac; done`;
  writeFileSync(wrapper, `#!/bin/bash\nexec ${dumper} "$@" > >(${heard})\n`);
  chmodSync(wrapper, 0o755);
  Object.assign(programs, { dump: wrapper });
}

const TICKING = ['sh', '-c', 'while echo tick; do sleep 0.02; done'];

async function goesOn(log: string, words: string): Promise<void> {
  const size = statSync(log).size;
  await eventually(() => {
    if (statSync(log).size === size) throw new Error(words);
  });
}

/** A command of `exec`, which ticks too. */
async function guest(appshot: Appshot, log: string): Promise<() => Promise<unknown>> {
  const plan = await appshot.exec({ aid: 'ticks', command: TICKING, cwd: '/' });
  const child = spawn(plan.program, [...plan.args], { stdio: ['ignore', openSync(log, 'a'), 'inherit'] });
  const ended = once(child, 'close');
  return () => {
    child.kill('SIGTERM'); // which it passes on
    return ended;
  };
}

test.serial('a dumper that hangs is ended, at whatever step, and the application and its guests run on as they were', async (t) => {
  const appshot = await Appshot.open({ paths });
  const guestLog = join(home, 'guest.log');
  let endGuest = (): Promise<unknown> => Promise.resolve();
  try {
    Object.assign(patience, { looks: 20, everyMs: 100 });
    const started = await appshot.run({ aid: 'ticks', command: TICKING, cwd: '/', waitFor: { kind: 'log', pattern: 'tick' } });
    endGuest = await guest(appshot, guestLog);
    const { stdout } = await appshot.logs({ aid: 'ticks' });
    const attempts: [hangsAt: string, work: () => Promise<unknown>][] = [
      ['frozen', () => appshot.commit({ aid: 'ticks', template: 'never' })],
      ['resumed', () => appshot.commit({ aid: 'ticks', template: 'never' })],
      ['frozen', () => appshot.snapshot({ aid: 'ticks' })],
      ['written', () => appshot.snapshot({ aid: 'ticks' })],
    ];
    for (const [word, work] of attempts) {
      useDumperThatHangsAt(word);
      const error = await t.throwsAsync(work, { code: 'timeout' }, word);
      t.regex(error.message, /^[^\n]*the dumper did not get on for 2 s and was ended[^\n]*$/, word);
      t.is((await appshot.ps({}))[0]?.state, 'running', word);
      await goesOn(stdout, `it stands still after the hang at ${word}`);
      await goesOn(guestLog, `its guest stands still after the hang at ${word}`);
      t.regex(readFileSync(`/proc/${started.pids[0]?.system ?? 0}/status`, 'latin1'), /^TracerPid:\s+0$/m, word);
      t.deepEqual(readdirSync(join(home, 'data/images')), [], word);
    }
    Object.assign(programs, { dump: dumper });
    Object.assign(patience, plainPatience);
    await appshot.commit({ aid: 'ticks', template: 'after' });
    t.is((await appshot.clone({ template: 'after' })).length, 1);
  } finally {
    Object.assign(programs, { dump: dumper });
    await endGuest();
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
    await appshot.close();
  }
});
