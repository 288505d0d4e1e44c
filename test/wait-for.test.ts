import test from 'ava';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppshotError } from '../src/errors.ts';
import { GrowingText } from '../src/growing-text.ts';
import { waitUntilReady, type WaitTarget } from '../src/wait-for.ts';

const directory = mkdtempSync(join(tmpdir(), 'appshot-wait-'));
test.after.always(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** An instance that has said this, and has ended with `code` (null: it runs). */
function target(name: string, said: { stdout: string; stderr: string }, code: number | null): WaitTarget {
  const logs = (['stdout', 'stderr'] as const).map((stream) => {
    const file = join(directory, `${name}.${stream}`);
    writeFileSync(file, said[stream]);
    return { file, from: 0 };
  });
  return {
    aid: name,
    logs,
    portAddress: () => null,
    shell: (command) => ({ program: '/bin/sh', args: ['-c', command] }),
    ended: () => code,
  };
}

test('what an instance said last is told when it ends before it is ready: its log goes with it', async (t) => {
  const error = await t.throwsAsync(
    waitUntilReady(target('web', { stdout: 'starting\n', stderr: 'first\nport is taken\n' }, 3), { kind: 'port', port: 80 }),
    { instanceOf: AppshotError },
  );
  t.is(
    error.message,
    'run web: it ended with 3 before it was ready; its last words: port is taken; without --wait-for it stays, for appshot logs web',
  );
});

test('one that said nothing, and one that says it on standard output', async (t) => {
  await t.throwsAsync(waitUntilReady(target('mute', { stdout: '', stderr: '' }, 1), { kind: 'log', pattern: 'up' }), {
    message: /it had said nothing/,
  });
  await t.throwsAsync(waitUntilReady(target('out', { stdout: 'a\nb', stderr: '' }, 1), { kind: 'log', pattern: 'up' }), {
    message: /its last words: b;/,
  });
});

test('a command that is asked whether it is ready, and does not come to its end, holds nobody for ever', async (t) => {
  const hangs = { kind: 'exec', command: 'exec sleep 1000' } as const;
  await t.throwsAsync(waitUntilReady(target('ended', { stdout: '', stderr: '' }, 1), hangs), { message: /it ended with 1/ });
  await t.throwsAsync(waitUntilReady(target('runs', { stdout: '', stderr: '' }, null), hangs, 200), { message: /not ready after 0.2 s/ });
});

test('a log is looked through from where this life begins, in whatever pieces it comes', async (t) => {
  const there = target('again', { stdout: 'ready\nbüt', stderr: '' }, null);
  const [stdout] = there.logs;
  const file = stdout?.file ?? '';
  const second: WaitTarget = { ...there, logs: [{ file, from: Buffer.byteLength('ready\n') }] };
  const isReady = waitUntilReady(second, { kind: 'log', pattern: '^bütter is ready$' }).then(() => 'ready');
  t.is(await Promise.race([isReady, sleep(100, 'not yet')]), 'not yet');
  const rest = Buffer.from('ter is ready\n');
  appendFileSync(file, rest.subarray(0, 2));
  await sleep(30);
  appendFileSync(file, rest.subarray(2));
  t.is(await isReady, 'ready');
  await t.throwsAsync(waitUntilReady({ ...second, ended: () => 1 }, { kind: 'log', pattern: '^ready' }), {
    message: /its last words: bütter/,
  });
});

test('a log of many megabytes is read once', async (t) => {
  const there = target('long', { stdout: `${'x'.repeat(300_000)}ready\n`.repeat(40), stderr: '' }, null);
  const [stdout] = there.logs;
  const text = new GrowingText(stdout?.file ?? '', 0);
  t.false(
    text.grown((part) => /^ready$/m.test(part)),
    'no line begins where something was cut off',
  );
  let seen = 0;
  t.false(
    text.grown((part) => {
      seen += part.length;
      return false;
    }),
  );
  t.is(seen, 0);
  appendFileSync(stdout?.file ?? '', 'ready\n');
  t.true(text.grown((part) => /^ready$/m.test(part)));
});
