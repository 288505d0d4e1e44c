import test from 'ava';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';

const launcher = join(projectRoot, 'bin', 'appshot');

test('bin/appshot finds its checkout through symbolic links', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  t.teardown(() => {
    rmSync(directory, { recursive: true });
  });
  symlinkSync(launcher, join(directory, 'one'));
  symlinkSync('one', join(directory, 'two'));
  t.regex(execFileSync(join(directory, 'two'), ['--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/);
});

test('a checkout that is not built says what to do, in one line', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  t.teardown(() => {
    rmSync(directory, { recursive: true });
  });
  mkdirSync(join(directory, 'bin'));
  copyFileSync(launcher, join(directory, 'bin', 'appshot'));
  const { status, stdout, stderr } = spawnSync(join(directory, 'bin', 'appshot'), ['ps'], { encoding: 'utf8' });
  t.is(status, 1);
  t.is(stdout, '');
  t.is(stderr, 'appshot: not built: run npm run demo or npm test once first\n');
});
