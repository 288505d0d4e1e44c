import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { TestStore } from './support/store.ts';

const directory = mkdtempSync(join(tmpdir(), 'appshot-rings-'));
const program = join(directory, 'rings');
const store = new TestStore();
test.before(() => {
  execFileSync('gcc', [
    '-D_GNU_SOURCE',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    join(projectRoot, 'test/programs/rings.c'),
    '-o',
    program,
    '-luring',
  ]);
});
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const NO_RINGS = 'liburing: ENOSYS, no probe; the kernel: ENOSYS\n';
const RINGS = 'liburing: a ring, a probe; the kernel: a ring\n';
const said = async (...options: string[]): Promise<string> => (await store.ok('run', '--rm', ...options, '--', program)).replace(/\r/g, '');

test.serial('outside of an instance the program gets its rings', (t) => {
  t.is(execFileSync(program, { encoding: 'utf8' }), RINGS);
});

for (const mechanism of ['namespace', 'preload']) {
  test.serial(`liburing finds no rings, and the kernel is asked as it is (${mechanism})`, async (t) => {
    t.is(await said('--vproc', mechanism), 'liburing: ENOSYS, no probe; the kernel: a ring\n');
    t.is(await said('--vproc', mechanism, '--io-uring', 'none'), NO_RINGS);
    t.is(await said('--vproc', mechanism, '--io-uring', 'all'), RINGS);
  });
}

test.serial('a rule says it too, and the environment of one program before it', async (t) => {
  const rules = join(directory, 'rings.rules');
  writeFileSync(rules, 'SET ENV "APPSHOT_IO_URING" = "all"\n');
  t.is(await said('--rules', rules), RINGS);
  const one = await store.ok('run', '--rm', '--rules', rules, '--', 'env', 'APPSHOT_IO_URING=none', program);
  t.is(one, NO_RINGS);
});

test.serial(
  'a program that goes without is committed and cloned; one that has a ring is refused, and told how to go without',
  async (t) => {
    await store.run('without', ['--wait-for', 'log:liburing'], [program, 'wait']);
    await store.ok('commit', 'without', 'of-without');
    t.is((await store.clone('of-without', '-n', '2')).length, 2);
    await store.run('with', ['--io-uring', 'all', '--wait-for', 'log:liburing'], [program, 'wait']);
    const { code, stderr } = await store.appshot(['commit', 'with', 'never']);
    t.is(code, 1);
    t.regex(stderr, /an io_uring ring, which can't be part of a template; with --io-uring none the program is told/);
  },
);
