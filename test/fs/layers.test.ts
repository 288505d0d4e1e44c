/** What programs do to a layer's files, by calls that the random operations don't make. */
import test, { type ExecutionContext } from 'ava';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../native/programs.ts';
import { TestView } from './test-view.ts';

const run = promisify(execFile);
const program = join(projectRoot, 'test/programs/fs-layers.py');

async function phase(cwd: string, name: 'prepare' | 'change' | 'describe'): Promise<string[]> {
  const { stdout } = await run('python3', [program, name], { cwd, maxBuffer: 1 << 24 });
  return stdout.trim().split('\n');
}

/** A mounted overlayfs of its own. */
function overlay(t: ExecutionContext): string {
  const home = mkdtempSync(join(tmpdir(), 'appshot-overlay-'));
  for (const name of ['lower', 'upper', 'work', 'at']) mkdirSync(join(home, name));
  const options = `lowerdir=${join(home, 'lower')},upperdir=${join(home, 'upper')},workdir=${join(home, 'work')}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, join(home, 'at')]);
  t.teardown(() => {
    execFileSync('umount', [join(home, 'at')]);
    rmSync(home, { recursive: true });
  });
  return join(home, 'at');
}

for (const [passthrough, below, disk] of [
  [true, 0],
  [false, 0],
  [true, 8],
  // What a store lies on that is in a container's own root.
  [true, 0, 'overlayfs'],
  [false, 0, 'overlayfs'],
] as const) {
  const how = `${passthrough ? 'passed through' : 'plain'}${below > 0 ? ', over many layers' : ''}${disk === undefined ? '' : `, on ${disk}`}`;
  const able = disk === undefined || process.getuid?.() === 0 ? test.serial : test.serial.skip; // it mounts
  able(`what is done to a layer's files is as in a plain directory, ${how}`, async (t) => {
    const plain = mkdtempSync(join(tmpdir(), 'appshot-plain-'));
    t.teardown(() => {
      rmSync(plain, { recursive: true });
    });
    const view = await TestView.mount(passthrough, 'log', {}, disk === undefined ? tmpdir() : overlay(t));
    t.teardown(() => view.close());
    for (let layer = 0; layer < below; layer++) await view.seal();
    for (const cwd of [plain, view.work]) await phase(cwd, 'prepare');
    await view.seal();
    t.deepEqual(await phase(view.work, 'describe'), await phase(plain, 'describe'));
    for (const cwd of [plain, view.work]) await phase(cwd, 'change');
    const expected = await phase(plain, 'describe');
    t.deepEqual(await phase(view.work, 'describe'), expected);
    await view.kill();
    t.deepEqual(await phase(view.work, 'describe'), expected);
    await view.remount();
    t.deepEqual(await phase(view.work, 'describe'), expected);
    await view.seal();
    await view.remount();
    t.deepEqual(await phase(view.work, 'describe'), expected);
  });
}
