import test from 'ava';
import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programs } from '../native/programs.ts';
import { Appshot } from '../src/appshot.ts';
import { storePaths } from '../src/paths.ts';
import { endStore } from './support/end-store.ts';
import { eventually } from './support/store.ts';

const home = mkdtempSync(join(tmpdir(), 'appshot-test-cut-short-'));
const dumper = programs.dump;

test.after.always(() => {
  Object.assign(programs, { dump: dumper });
  endStore(home);
});

/**
 * The dumper, which is killed as soon as it says a line that begins so, and nobody hears it, nor what it says afterwards; before that,
 * `first` is done, and `said` is heard instead.
 */
function useDumperThatDiesAt(word: string, first: string, ...said: string[]): void {
  const wrapper = join(home, 'dumper');
  const last = said.map((line) => `echo "${line}"; `).join('');
  const heard = `while read -r line; do case "$line" in ${word}*) ${first}; kill -KILL $$; ${last}exit ;; *) echo "$line" ;; esac; done`;
  writeFileSync(wrapper, `#!/bin/bash\nexec ${dumper} "$@" > >(${heard})\n`);
  chmodSync(wrapper, 0o755);
  Object.assign(programs, { dump: wrapper });
}

const endItsInit = 'for one in "$@"; do case "$one" in init=*) kill -KILL "${one#init=}" ;; esac; done';

test.serial('a snapshot whose dumper is killed tells what became of the application', async (t) => {
  const appshot = await Appshot.open({ paths: storePaths({ APPSHOT_HOME: home }) });
  const stateOf = async (aid: string): Promise<string | undefined> =>
    (await appshot.ps({ all: true })).find((row) => row.aid === aid)?.state;
  try {
    const command = ['sh', '-c', 'while echo tick; do sleep 0.02; done'];
    for (const aid of ['ended', 'failed', 'ending', 'away'])
      await appshot.run({ aid, command, cwd: '/', waitFor: { kind: 'log', pattern: 'tick' } });
    const goesOn = async (aid: string): Promise<void> => {
      const { stdout } = await appshot.logs({ aid });
      const { size } = statSync(stdout);
      await eventually(() => {
        if (statSync(stdout).size === size) throw new Error('it stands still');
      });
    };

    useDumperThatDiesAt('written', endItsInit);
    await t.throwsAsync(appshot.snapshot({ aid: 'ended' }), { message: /the dumper did not finish/ });
    await eventually(async () => {
      if ((await stateOf('ended')) !== 'exited 137') throw new Error(`it is ${String(await stateOf('ended'))}`);
    });
    t.deepEqual(readdirSync(join(home, 'data/images')), []);

    useDumperThatDiesAt('written', 'true', 'written', 'error 5 the sockets were not handed over'); // it was recorded as put away by then
    await t.throwsAsync(appshot.snapshot({ aid: 'failed' }), { message: /the sockets were not handed over/ });
    t.is(await stateOf('failed'), 'running');
    await goesOn('failed');
    t.deepEqual(readdirSync(join(home, 'data/images')), []);

    useDumperThatDiesAt('written', endItsInit, 'written', 'error 5 the sockets were not handed over');
    await t.throwsAsync(appshot.snapshot({ aid: 'failed' }), { message: /the sockets were not handed over/ });
    await eventually(async () => {
      if ((await stateOf('failed')) !== 'exited 137') throw new Error(`it is ${String(await stateOf('failed'))}`);
    });

    const putAway = async (aid: string): Promise<void> => {
      const [taken] = [await appshot.snapshot({ aid })].flat();
      t.true((taken?.processes ?? 0) >= 1);
      t.is(await stateOf(aid), 'suspended');
      Object.assign(programs, { dump: dumper });
      const { stdout } = await appshot.logs({ aid });
      const { size } = statSync(stdout);
      await sleep(100);
      t.is(statSync(stdout).size, size, 'a process that was to end runs on');
      await appshot.restore({ aid });
      await goesOn(aid);
    };
    useDumperThatDiesAt('written', 'true', 'written'); // none has been ended, and the image is whole
    await putAway('ending');
    useDumperThatDiesAt('resumed', 'true'); // all have been
    await putAway('away');
  } finally {
    Object.assign(programs, { dump: dumper });
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.close();
  }
});
