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

for (const mechanism of ['namespace', 'preload'])
  test.serial(`what login() and logwtmp() write has the pid that the program knows, ${mechanism}`, async (t) => {
    const { code, stdout, stderr } = await store.appshot(['run', '--rm', '--vproc', mechanism, '--', compiled.make('login/logs-in')]);
    t.deepEqual([code, stdout], [0, 'ok\n'], stderr);
  });

test.serial("a program's own functions of those names are its own", async (t) => {
  const source = join(projectRoot, 'test/programs/vproc/login/own-login.c');
  const library = join(compiled.directory, 'own-login.so');
  const binary = join(compiled.directory, 'own-login');
  const compile = (...words: string[]): Buffer => execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', source, ...words]);
  compile('-DLIBRARY', '-shared', '-fPIC', '-fno-builtin', '-o', library);
  compile('-D_GNU_SOURCE', library, '-o', binary);
  t.deepEqual(await runPlain(binary), { code: 0, output: 'ok\n' });
  const { code, stdout, stderr } = await store.appshot(['run', '--rm', '--vproc', 'preload', '--', binary]);
  t.deepEqual([code, stdout], [0, 'ok\n'], stderr);
});
