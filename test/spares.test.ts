import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { Redis } from './support/redis.ts';
import { eventually, TestStore, type Started } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'latin1');

/** Host pids of the processes that were made ahead in this store and wait; those that end while they are looked at are not among them. */
function mine(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return read(pid, 'comm') === 'appshot-spare\n' && read(pid, 'maps').includes(store.home);
      } catch {
        return false;
      }
    });
}

async function atLeast(count: number): Promise<number[]> {
  return eventually(() => {
    const found = mine();
    if (found.length < count) throw new Error(`${found.length} of ${count} wait`);
    return found;
  });
}

async function ask(clone: Started | undefined, key: string): Promise<unknown> {
  const redis = await Redis.connect(clone?.ports[0]?.address ?? '');
  const answer = await redis.ask('get', key);
  redis.close();
  return answer;
}

test.serial('clones made ahead wait, and nobody takes them for the application', async (t) => {
  await store.run('db', ['--wait-for', 'port:6379', '-w', '/var/tmp'], ['redis-server', '--port', '6379', '--save', '']);
  const redis = await Redis.connect(await store.address('db', 6379));
  await redis.ask('set', 'a', 'warm');
  redis.close();
  await store.ok('commit', 'db', 'warm');
  const found = await atLeast(3);
  for (const pid of found) t.is(read(pid, 'cmdline'), '', 'no command line');
  t.deepEqual(
    (await store.json<{ aid: string }>('ps', '-a')).map((row) => row.aid),
    ['db'],
    'nor are they listed',
  );
});

/** Page faults of its main process so far. */
const faults = (clone: Started | undefined): number =>
  Number(
    read(clone?.pids[0]?.system ?? 0, 'stat')
      .split(') ')[1]
      ?.split(' ')[7],
  );

/** Page faults that answering costs a clone. */
async function faultsOfAnswer(clone: Started | undefined): Promise<number> {
  const before = faults(clone);
  await ask(clone, 'a');
  return faults(clone) - before;
}

let first = 0;
let unlearned: number[] = [];

test.serial('one that is taken looks as it did, and answers', async (t) => {
  const before = await atLeast(3);
  const [clone] = await store.clone('warm');
  const [pid] = clone?.pids ?? [];
  t.true(before.includes(pid?.system ?? 0), 'it was there already');
  t.is(read(pid?.system ?? 0, 'comm'), 'redis-server\n');
  t.regex(read(pid?.system ?? 0, 'cmdline'), /^redis-server \*:6379/);
  t.regex(readlinkSync(`/proc/${pid?.system}/exe`), /redis-/);
  unlearned = mine();
  first = await faultsOfAnswer(clone);
  t.is(await ask(clone, 'a'), 'warm');
  await store.ok('destroy', clone?.aid ?? '');
});

test.serial('what the first clone touched, later ones have in place before they run', async (t) => {
  await eventually(() => {
    const now = mine();
    if (now.length < 3 || now.some((pid) => unlearned.includes(pid)))
      throw new Error('those that were made before the first one was looked at are not replaced');
  });
  const [later] = await store.clone('warm');
  const count = await faultsOfAnswer(later);
  t.true(count < first / 4, `${count} page faults where the first had ${first}`);
  await store.ok('destroy', later?.aid ?? '');
});

test.serial('one that was killed while it waited is passed over', async (t) => {
  for (const pid of await atLeast(3)) process.kill(pid, 'SIGKILL');
  const clones = await store.clone('warm', '-n', '2');
  for (const clone of clones) t.is(await ask(clone, 'a'), 'warm');
  await store.ok('destroy', ...clones.map((clone) => clone.aid));
});

/** By then it has more than it may have: the kernel describes no memory of such a process any more. */
const LIMITED = `
import resource, signal
resource.setrlimit(resource.RLIMIT_DATA, (65536, resource.RLIM_INFINITY))
print('ready', flush=True)
while True: signal.pause()`;

test.serial('one that is taken has its command line though it has lowered the limit of its data since', async (t) => {
  const source = await store.run('limited', ['--wait-for', 'log:^ready', '-w', '/'], ['python3', '-c', LIMITED]);
  await store.ok('commit', 'limited', 'low');
  const waiting = await eventually(() => {
    const found = mine().filter((pid) => readlinkSync(`/proc/${pid}/exe`).includes('python'));
    if (found.length < 2) throw new Error(`${found.length} wait`);
    return found;
  });
  const [clone] = await store.clone('low');
  const pid = clone?.pids[0]?.system ?? 0;
  t.true(waiting.includes(pid), 'it was there already');
  t.is(read(pid, 'cmdline'), read(source.pids[0]?.system ?? 0, 'cmdline'));
  t.regex(read(pid, 'limits'), /^Max data size +65536 +unlimited/m);
  await store.ok('destroy', clone?.aid ?? '', 'limited');
  await store.ok('rm', 'low');
});

test.serial('they go with their template, and with their daemon', async (t) => {
  await store.ok('cp', 'warm', 'other');
  await atLeast(1);
  await store.ok('rm', 'warm');
  t.deepEqual(mine(), []);
  const [clone] = await store.clone('other');
  await atLeast(1);
  await store.ok('daemon', '--stop');
  await eventually(() => {
    if (mine().length > 0) throw new Error('some are left');
  });
  t.is(await ask(clone, 'a'), 'warm', 'what runs goes on');
});

test.serial('a template is removed while its clones wait to be made ahead', async (t) => {
  const names = ['quick-1', 'quick-2', 'quick-3', 'quick-4'];
  await store.run('quick', ['-w', '/'], ['sleep', '1000']);
  for (let round = 0; round < 5; round++) {
    for (const template of names) {
      await store.operations.commit({ aid: 'quick', template });
      await new Promise((resolve) => setTimeout(resolve, 12)); // for them to be asked for, while those of the first are being made
    }
    for (const template of names.toReversed()) await store.operations.rm({ templates: [template] });
  }
  t.deepEqual(
    ((await store.operations.ls({})) as { name: string }[]).filter(({ name }) => names.includes(name)),
    [],
  );
});

test.serial('numbers are given out in order, also while what was made ahead is made anew', async (t) => {
  for (const template of ['again', 'anew', 'afresh']) {
    await store.ok('commit', 'db', template);
    const aids: string[] = [];
    for (let round = 0; round < 4; round++) for (const { aid } of await store.clone(template, '-n', '3')) aids.push(aid);
    t.deepEqual(
      aids,
      Array.from({ length: 12 }, (_, i) => `${template}-${i + 1}`),
    );
    await store.ok('destroy', ...aids);
  }
});

test.serial('what they hold of a limit of the kernel is no reason for a clone or a restore to fail', async (t) => {
  const directory = mkdtempSync('/var/tmp/appshot-spares-');
  const limited = new TestStore();
  try {
    const program = join(directory, 'ring');
    execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', join(projectRoot, 'test/programs/ring.c'), '-o', program]);
    const [taken = 0, most = 0] = ['nr', 'max-nr'].map((name) => Number(readFileSync(`/proc/sys/fs/aio-${name}`, 'latin1')));
    const share = Math.floor((most - taken) / 8);
    for (const aid of ['one', 'two']) {
      await limited.run(aid, ['--wait-for', 'log:^ready'], [program, String(share)]);
      await limited.ok('commit', aid, `of-${aid}`);
    }
    await limited.ok('snapshot', 'two');
    await eventually(() => {
      if (Number(readFileSync('/proc/sys/fs/aio-nr', 'latin1')) - taken < 3 * share) throw new Error('nothing was made ahead yet');
    });
    t.is((await limited.clone('of-two', '-n', '6')).length, 6, 'with the source seven of eight');
    await limited.ok('restore', 'two');
    const { code, stderr } = await limited.appshot(['clone', 'of-one']);
    t.is(code, 1, 'that would be the ninth');
    t.regex(stderr, /aio-max-nr.*nothing was left behind/);
  } finally {
    await limited.close();
    rmSync(directory, { recursive: true });
  }
});
