import test from 'ava';
import { spawnSync } from 'node:child_process';
import { TestStore } from '../support/store.ts';
import { Compiled } from './compiled.ts';

const compiled = new Compiled();
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  compiled.close();
});

const there = spawnSync('valgrind', ['--version']).status === 0;

(there ? test : test.skip)(`valgrind has no word for what the preload library does${there ? '' : ': there is none here'}`, async (t) => {
  t.timeout(120_000);
  const binary = compiled.make('model/on-the-heap');
  const { code, stderr } = await store.appshot([
    'run',
    '--rm',
    '--vproc',
    'namespace',
    '--',
    'valgrind',
    '-q',
    '--error-exitcode=9',
    binary,
  ]);
  t.deepEqual([code, stderr], [0, '']);
});
