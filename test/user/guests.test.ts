/** What `exec` brings into a user's instance stands still with it too. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { eventually } from '../support/store.ts';
import { UserStore } from './user-store.ts';

const ROUNDS = 5;
let store: UserStore;

test.before(async () => {
  store = await UserStore.open();
});
test.after.always(() => store.close());

async function linesOf(aid: string): Promise<string[]> {
  const [logs] = await store.json<{ logs: { stdout: string } }>('inspect', aid);
  return readFileSync(logs?.logs.stdout ?? '', 'latin1')
    .trimEnd()
    .split('\n');
}

test.serial('what a command of exec writes all the while is of one moment in a template, without root', async (t) => {
  t.timeout(240_000);
  const counted = join(store.scratch, 'counted');
  const source = join(projectRoot, 'test/programs/guests/counted.c');
  execFileSync('gcc', ['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror', '-o', counted, source]);
  await store.run('source', ['-w', '/', '--wait-for', 'log:^ready'], [counted, 'keep']);
  const writer = store.appshot(['exec', 'source', '--', counted, 'write'], { timeoutMs: 240_000 });
  for (let round = 0; round < ROUNDS; round++) {
    await eventually(async () => {
      if (!(await store.ok('exec', 'source', '--', 'ls', '/dev/shm')).includes('appshot-that')) throw new Error('nothing was written yet');
    });
    await store.ok('commit', 'source', `moment-${round}`);
    const [clone] = await store.clone(`moment-${round}`);
    await store.ok('kill', '-s', 'SIGUSR1', clone?.aid ?? '');
    const said = await eventually(async () => {
      const lines = await linesOf(clone?.aid ?? '');
      if (lines.at(-1) !== 'ok') throw new Error(`it said ${lines.join('; ')}`);
      return lines.at(-2) ?? '';
    });
    const numbers = said.split(' ').map(Number);
    t.deepEqual(
      numbers,
      [...numbers].sort((a, b) => b - a),
      'each was written after the one before it',
    );
    t.true((numbers[0] ?? 0) - (numbers.at(-1) ?? 0) <= 1, `all of one moment: ${said}`);
  }
  await store.ok('destroy', 'source');
  await writer;
});
