import test, { type ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunOptions } from '../../src/types.ts';
import { finished, launchCli, type Finished } from './launched.ts';
import { makeWorld, type World } from './support.ts';

const cli = fileURLToPath(new URL('../../bin/appshot.js', import.meta.url));

/** The command as a shell runs it: words and variables of any bytes. */
const typed = (world: World, script: string): Promise<Finished> =>
  finished(
    spawn('bash', ['-c', script], { env: { ...world.env, APPSHOT: `${process.execPath} ${cli}` }, stdio: ['ignore', 'pipe', 'pipe'] }),
  );

async function worldThatStarts(t: ExecutionContext): Promise<World> {
  return makeWorld(t, {
    run: () => Promise.resolve({ aid: 'a-1', template: null, state: 'running', pids: [], ports: [], root: '/', ms: 1 }),
  });
}

const asked = (world: World): RunOptions => world.calls.at(-1)?.[1] as RunOptions;

test('a word that is no UTF-8 is refused: it would be another by now', async (t) => {
  const world = await worldThatStarts(t);
  for (const line of ["run -d -- cat $'caf\\xe9'", "exec web -- rm $'caf\\xe9'", "cp $'caf\\xe9' t:/x", "run -d -e X=$'caf\\xe9' -- true"])
    t.like(await typed(world, `$APPSHOT ${line}`), { code: 2, stdout: '' });
  t.is(
    (await typed(world, "$APPSHOT exec web -- rm $'caf\\xe9'")).stderr,
    "appshot: command line: 'caf\\xe9' is no UTF-8 text; give names that are, or let a shell in the instance make it\n",
  );
  t.deepEqual(world.calls, []);
  t.is((await typed(world, "$APPSHOT run -d -- cat 'café' $'\\xef\\xbf\\xbd'")).code, 0, 'what is UTF-8 may be anything');
  t.deepEqual(asked(world).command, ['cat', 'café', '\uFFFD']);
});

test('a variable that is no UTF-8 is left out with a word, the others are passed on as they are', async (t) => {
  const world = await worldThatStarts(t);
  const { stderr, code } = await typed(world, "export ODD=$'caf\\xe9' TEXT=$'caf\\xc3\\xa9' LINES2=$'a\\nb\\t'; $APPSHOT run -d -- true");
  t.is(code, 0);
  t.is(stderr, 'run: not passed on, for they are no UTF-8 text: ODD\n');
  t.false('ODD' in (asked(world).inherit ?? {}));
  t.like(asked(world).inherit, { TEXT: 'café', LINES2: 'a\nb\t' });
});

test('rules that can be read once alone are no file to the daemon', async (t) => {
  const world = await worldThatStarts(t);
  t.is((await typed(world, '$APPSHOT run -d --rules <(echo \'SET ENV "X" = "v"\') -- true')).code, 0);
  t.deepEqual(asked(world).rules, { text: 'SET ENV "X" = "v"\n', file: '(rules)' });
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`an archive on its way through a pipe leaves nothing when ${signal} ends the command`, async (t) => {
    const world = await makeWorld(t, {
      exportTemplate: async ({ file }) => {
        writeFileSync(file, 'half of it');
        return new Promise(() => undefined);
      },
    });
    const temporary = join(world.home, 'tmp');
    mkdirSync(temporary);
    const child = launchCli(['export', 'warm', '-'], { ...world.env, TMPDIR: temporary }, ['ignore', 'pipe', 'pipe']);
    const ended = new Promise((resolve) =>
      child.once('close', (_, by) => {
        resolve(by);
      }),
    );
    while (readdirSync(temporary, { recursive: true }).length < 2) await sleep(10);
    child.kill(signal);
    t.is(await ended, signal);
    t.deepEqual(readdirSync(temporary), []);
  });
