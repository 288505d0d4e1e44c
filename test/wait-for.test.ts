import test from 'ava';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppshotError } from '../src/errors.ts';
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
    return file;
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
