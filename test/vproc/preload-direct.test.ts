import test from 'ava';
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
  const asked = await run(binary, ...translated);
  t.is(asked.stdout, 'ok\n', asked.stderr);
  const unasked = await run(binary, '--vproc', 'preload');
  t.regex(unasked.stderr, /SYS_getpid/, 'the program would see no difference');
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
