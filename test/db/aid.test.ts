import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openDatabase } from '../../db/index.ts';
import { allocateAid, allocateNextAid, allocateNextAids, releaseAid, validateAid } from '../../src/aid.ts';
import { AppshotError } from '../../src/errors.ts';
import { addInstance, workspace } from './workspace.ts';

test('numbers follow each other, pass over names that are taken, and never come back', (t) => {
  const { db, ...space } = workspace();
  t.is(allocateNextAid(db, 'web'), 'web-1');
  allocateAid(db, 'web-2');
  t.is(allocateNextAid(db, 'web'), 'web-3');
  t.true(releaseAid(db, 'web-3'));
  t.false(releaseAid(db, 'web-3'));
  t.is(allocateNextAid(db, 'web'), 'web-4');
  t.is(allocateNextAid(db, 'db'), 'db-1');
  t.deepEqual(allocateNextAids(db, 'web', 3), ['web-5', 'web-6', 'web-7']);
  t.is(allocateAid(db, null), 'app-1');
  space.remove();
});

test('a name that is taken is refused with what to do, and with the operation', (t) => {
  const { db, ...space } = workspace();
  allocateAid(db, 'web');
  t.is(t.throws(() => allocateAid(db, 'web')).message, 'web: the name is taken; choose another, or appshot destroy web');
  t.is(t.throws(() => allocateAid(db, 'web', 'run')).message, 'run web: the name is taken; choose another, or appshot destroy web');
  space.remove();
});

test('names are what the command line allows', (t) => {
  for (const good of ['a', '0', 'web-1', 'a.b_c-d', 'x'.repeat(63)])
    t.notThrows(() => {
      validateAid(good);
    });
  for (const bad of ['', '-a', '.', '..', 'A', 'a b', 'a/b', 'a\n', 'é', 'x'.repeat(64)])
    t.is(
      t.throws(
        () => {
          validateAid(bad);
        },
        { instanceOf: AppshotError },
        bad,
      ).code,
      'misuse',
    );
  const { db, ...space } = workspace();
  t.throws(() => allocateNextAid(db, 'x'.repeat(62)), {
    instanceOf: AppshotError,
    message: /at most 63 letters, this one 64; choose one with --aid$/,
  });
  t.deepEqual(db.aids.list(), []);
  space.remove();
});

test('a name in use is not given back, and names that nobody uses are known', (t) => {
  const { db, ...space } = workspace();
  addInstance(db, 'web');
  allocateAid(db, 'lost');
  t.is(t.throws(() => releaseAid(db, 'web'), { instanceOf: AppshotError }).code, 'busy');
  t.deepEqual(
    db.aids.orphans().map(({ name }) => name),
    ['lost'],
  );
  space.remove();
});

const worker = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './allocate-worker.ts' : './allocate-worker.js', import.meta.url));
const EACH = 60;

interface Outcome {
  readonly names: string[];
  readonly code: number | null;
  readonly stderr: string;
}

async function finish(child: ChildProcess, onOutput: () => void): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString();
    onOutput();
  });
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { names: stdout.split('\n').filter((line) => line !== ''), code, stderr };
}

test('16 processes at once, some killed, never get one name twice', async (t) => {
  t.timeout(180_000);
  const { db, file, ...space } = workspace();
  const running = Array.from({ length: 16 }, (_, index) => {
    const child = fork(worker, [file, 'web', String(EACH)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const doomed = index % 4 === 3;
    return {
      doomed,
      outcome: finish(child, () => {
        if (doomed) child.kill('SIGKILL');
      }),
    };
  });
  const outcomes = await Promise.all(running.map(async ({ doomed, outcome }) => ({ doomed, ...(await outcome) })));
  for (const { doomed, code, stderr } of outcomes) if (!doomed) t.is(code, 0, stderr);
  t.true(outcomes.some(({ doomed, code }) => doomed && code === null));
  const names = outcomes.flatMap((outcome) => outcome.names);
  t.is(new Set(names).size, names.length);
  const known = new Set(db.aids.list().map(({ name }) => name));
  for (const name of names) t.true(known.has(name), name);
  // a process that was killed may have taken at most one name of each kind that it couldn't tell of
  t.true(known.size <= names.length + 2 * 4);
  const numbers = [...known].flatMap((name) => /^web-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  t.is(Math.max(...numbers), numbers.length);
  t.deepEqual(db.check(), []);
  const again = openDatabase(file);
  t.is(allocateNextAid(again, 'web'), `web-${numbers.length + 1}`);
  again.close();
  space.remove();
});
