import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threePhases } from '../state/three-phases.ts';
import { TestStore } from '../support/store.ts';
import { Compiled, groupPrograms, runPlain } from './compiled.ts';

const WISH = 'APPSHOT_RAW_CALLS';
const compiled = new Compiled();
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  compiled.close();
});

const run = (binary: string, ...options: string[]) => store.appshot(['run', '--rm', ...options, '--', binary]);
const translated = ['--vproc', 'preload', '-e', `${WISH}=1`];

test.serial('calls past the C library are translated when that is asked for, and only then', async (t) => {
  const binary = compiled.make('direct/calls');
  const plain = await runPlain(binary);
  t.is(plain.output, 'ok\n', 'without Appshot');
  const namespace = await run(binary, '--vproc', 'namespace');
  t.is(namespace.stdout, 'ok\n', namespace.stderr);
  for (const asked of [translated, ['--vproc', 'preload', '--raw-calls', 'all']]) {
    const { stdout, stderr } = await run(binary, ...asked);
    t.is(stdout, 'ok\n', stderr);
  }
  const unasked = await run(binary, '--vproc', 'preload');
  t.regex(unasked.stderr, /SYS_getpid/, 'the program would see no difference');
});

test.serial("a program of Go's linker has them translated unasked, unless that is forbidden", async (t) => {
  const binary = compiled.make('direct/calls', undefined, ['-DNOTE_OF_GO']);
  const unasked = await run(binary, '--vproc', 'preload');
  t.is(unasked.stdout, 'ok\n', unasked.stderr);
  const forbidden = await run(binary, '--vproc', 'preload', '--raw-calls', 'none');
  t.regex(forbidden.stderr, /SYS_getpid/);
});

test.serial('a rule asks for it too, also of programs that get an empty environment', async (t) => {
  const rules = join(compiled.directory, 'raw.rules');
  writeFileSync(rules, `SET ENV "${WISH}" = "all"\n`);
  const words = ['run', '--rm', '--vproc', 'preload', '--rules', rules, '--', 'env', '-i', compiled.make('direct/calls')];
  const { stdout, stderr } = await store.appshot(words);
  t.is(stdout, 'ok\n', stderr);
});

test.serial('a program without the library is run by one whose calls are translated, and not harmed', async (t) => {
  const binary = compiled.make('direct/runs-static', undefined, ['-static']);
  const { stdout, stderr } = await run(compiled.make('direct/runs-static'), ...translated, '-e', `STATIC=${binary}`);
  t.is(stdout, 'static\nok\n', stderr);
});

/** What is right without the translation is right with it. */
for (const program of groupPrograms())
  test.serial(`${program}, with calls translated`, async (t) => {
    const { code, stdout, stderr } = await run(compiled.make(program), ...translated);
    t.true(code === 0 && stdout.endsWith('ok\n'), `${stdout}${stderr}`);
  });

threePhases(
  'vproc/preload-direct',
  [
    { program: 'direct-calls', twice: true },
    { program: 'process-tree' },
    { program: 'thread-create-join', twice: true },
    { program: 'blocked-calls' },
    { program: 'job-control' },
    { program: 'seccomp-filter' },
  ],
  'preload',
  { [WISH]: '1' },
);
