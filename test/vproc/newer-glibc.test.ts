import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { TestStore } from '../support/store.ts';
import { Compiled, runPlain } from './compiled.ts';

const compiled = new Compiled();
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  compiled.close();
});

/** The program goes to a library that stands in for a C library later than this machine's, as it would go to that. */
test.serial('what glibc has since 2.39 goes by virtual ids', async (t) => {
  const library = join(compiled.directory, 'later.so');
  const sources = join(projectRoot, 'test/programs/vproc/newer');
  const compile = (...words: string[]): Buffer =>
    execFileSync('gcc', ['-std=gnu11', '-O2', '-pthread', '-Wall', '-Wextra', '-Werror', ...words]);
  compile('-shared', '-fPIC', join(sources, 'stand-in.c'), '-o', library, '-ldl');
  const binary = join(compiled.directory, 'later');
  compile('-D_GNU_SOURCE', join(sources, 'calls.c'), library, '-o', binary);
  t.deepEqual(await runPlain(binary), { code: 0, output: 'ok\n' });
  for (const mechanism of ['namespace', 'preload']) {
    const { code, stdout, stderr } = await store.appshot(['run', '--rm', '--vproc', mechanism, '--', binary]);
    t.deepEqual([code, stdout], [0, 'ok\n'], `${mechanism}: ${stderr}`);
  }
});
