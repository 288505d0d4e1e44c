import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { eventually, TestStore } from './support/store.ts';

const ROUNDS = Number(process.env['APPSHOT_SOAK'] ?? 3);
const LIMIT_MS = 60_000;

const binaries = mkdtempSync(join(tmpdir(), 'appshot-writer-'));
const writer = join(binaries, 'random-writer');
test.before(() => {
  const source = join(projectRoot, 'test/programs/apps/random-writer.c');
  execFileSync('gcc', ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-O1', '-pthread', source, '-o', writer], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});
test.after.always(() => {
  rmSync(binaries, { recursive: true });
});

// The first knows of every page, the second only whether a file was changed at all; with the third nothing passes through, and the last
// copies everything in the freeze.
for (const [seed, way] of ['log', 'times', 'notes', 'none'].entries()) {
  test.serial(`a layer holds what its files were at the freeze, whatever is written to them, by ${way}`, async (t) => {
    t.timeout(300_000);
    const store = opened(t, { APPSHOT_PRE_COPY: way, APPSHOT_PASSTHROUGH: way === 'notes' ? '0' : '1' });
    await store.run('writer', ['--wait-for', 'log:^ready', '-w', '/var/tmp'], [writer, String(seed)]);
    for (let round = 1; round <= ROUNDS; round++) {
      const [figures] = await store.json<{ copiedBytes: number; copiedFrozenBytes: number }>('commit', 'writer', `t${round}`);
      t.log(`copied ${figures?.copiedBytes ?? 0} bytes ahead and ${figures?.copiedFrozenBytes ?? 0} in the freeze`);
      const [clone] = await store.clone(`t${round}`);
      const said = await eventually(() => words(store, clone?.aid ?? ''), LIMIT_MS);
      t.notRegex(said, /WRONG/, said);
      await store.ok('destroy', clone?.aid ?? '');
      await store.ok('rm', `t${round}`);
    }
    t.notRegex(await store.ok('logs', 'writer'), /WRONG/);
  });
}

const full = process.getuid?.() === 0 ? test.serial : test.serial.skip; // it mounts a small disk
full('a disk that is too small for the copies fails the commit, which leaves nothing', async (t) => {
  t.timeout(180_000);
  const disk = mkdtempSync(join(tmpdir(), 'appshot-disk-'));
  t.teardown(() => {
    rmdirSync(disk);
  });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  t.teardown(() => eventually(() => execFileSync('umount', [disk], { stdio: 'ignore' }), LIMIT_MS));
  // On this kind of disk copies are made ahead only where nothing passes through.
  const store = opened(t, { APPSHOT_PASSTHROUGH: '0' }, disk);
  const open = 'exec 3<>big; dd if=/dev/urandom bs=1M count=40 of=big status=none; echo ready; exec sleep 100000';
  await store.run('app', ['--wait-for', 'log:^ready', '-w', '/var/tmp'], ['sh', '-c', open]);
  const before = used(disk);
  const { code, stderr } = await store.appshot(['commit', 'app', 'warm']);
  t.is(code, 1);
  t.regex(stderr, /No space left on device; free some room and try again; the application runs on as it was/);
  t.true(used(disk) - before < 1 << 20, `${used(disk) - before} bytes are left behind`);
  t.deepEqual(await store.json('ls'), []);
  t.is((await store.json<{ state: string }>('ps'))[0]?.state, 'running');
  execFileSync('mount', ['-o', 'remount,size=256m', disk]);
  const [figures] = await store.json<{ copiedBytes: number; copiedFrozenBytes: number }>('commit', 'app', 'warm');
  t.deepEqual([figures?.copiedBytes, figures?.copiedFrozenBytes], [40 << 20, 0]);
});

const used = (path: string): number => {
  const { blocks, bfree, bsize } = statfsSync(path);
  return (blocks - bfree) * bsize;
};

/** What a clone found: a line for each of its two files. */
async function words(store: TestStore, aid: string): Promise<string> {
  const said = await store.ok('logs', aid);
  if (said.includes('WRONG') || said.match(/^right/gm)?.length === 2) return said;
  throw new Error(`${aid} has said only ${JSON.stringify(said)}`);
}

function opened(t: ExecutionContext, env: Record<string, string>, within?: string): TestStore {
  const store = new TestStore(env, within);
  t.teardown(() => store.close());
  return store;
}
