import test from 'ava';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

test.serial('a dumper that hangs is ended, at whatever step, and the application runs on as it was', async (t) => {
  const appshot = await Appshot.open({ paths });
  try {
    Object.assign(patience, { looks: 20, everyMs: 100 });
    const command = ['sh', '-c', 'while echo tick; do sleep 0.02; done'];
    const started = await appshot.run({ aid: 'ticks', command, cwd: '/', waitFor: { kind: 'log', pattern: 'tick' } });
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
      const size = statSync(stdout).size;
      await eventually(() => {
        if (statSync(stdout).size === size) throw new Error(`it stands still after the hang at ${word}`);
      });
      t.regex(readFileSync(`/proc/${started.pids[0]?.system ?? 0}/status`, 'latin1'), /^TracerPid:\s+0$/m, word);
      t.deepEqual(readdirSync(join(home, 'data/images')), [], word);
    }
    Object.assign(programs, { dump: dumper });
    Object.assign(patience, plainPatience);
    await appshot.commit({ aid: 'ticks', template: 'after' });
    t.is((await appshot.clone({ template: 'after' })).length, 1);
  } finally {
    Object.assign(programs, { dump: dumper });
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
    await appshot.close();
  }
});
