import { execFile, type ExecFileException } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { type Outcome, TestStore } from '../support/store.ts';

/** A second installation, whose preload library is another: what an upgrade puts beside or in the place of the first. */
function laterVersion(): string {
  const root = mkdtempSync(join(tmpdir(), 'appshot-later-'));
  for (const part of ['package.json', 'bin', ...['bin', 'src', 'fs', 'vproc', 'db', 'native'].map((folder) => `dist/${folder}`)]) {
    mkdirSync(join(root, part, '..'), { recursive: true });
    cpSync(join(projectRoot, part), join(root, part), { recursive: true });
  }
  for (const part of ['node_modules', 'build']) symlinkSync(join(projectRoot, part), join(root, part));
  appendFileSync(join(root, 'dist/native/libappshot.so'), 'of a later version');
  return root;
}

/** A store that is used by whichever installation is in force. */
class UpgradedStore extends TestStore {
  installation = projectRoot;

  override appshot(words: readonly string[]): Promise<Outcome> {
    const env = { ...process.env, APPSHOT_HOME: this.home, NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile(
        join(this.installation, 'bin', 'appshot'),
        [...words],
        { env, maxBuffer: 64 << 20, timeout: 120_000 },
        (error: ExecFileException | null, stdout, stderr) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
        },
      );
    });
  }

  /** Versions of the library that a process has mapped, told by its /proc/PID/maps. */
  async loaded(...words: string[]): Promise<string[]> {
    return [...new Set((await this.ok(...words)).match(/libappshot-\w+\.so/g) ?? [])];
  }
}

const store = new UpgradedStore();
const later = laterVersion();
test.after.always(async () => {
  await store.close();
  rmSync(later, { recursive: true, force: true });
});

/** The waiting process goes on in a clone; its lines are asked for by a command, which is another process. */
const waiting = ['sh', '-c', 'echo pid $$; while :; do sleep 600 & wait; done'];
const maps = (pid: number | 'self'): string[] => ['--', 'cat', `/proc/${pid}/maps`];

for (const mechanism of ['namespace', 'preload'])
  test.serial(
    `after an upgrade, what runs has the library that it began with, and what starts has the new one, ${mechanism}`,
    async (t) => {
      t.timeout(120_000);
      store.installation = projectRoot;
      const aid = `before-${mechanism}`;
      await store.run(aid, ['--vproc', mechanism, '--wait-for', 'log:^pid'], waiting);
      const pid = Number((await store.ok('logs', aid)).split(' ')[1]);
      const former = await store.loaded('exec', aid, ...maps('self'));
      t.is(former.length, 1);
      await store.ok('commit', aid, `template-${mechanism}`);

      await store.ok('daemon', '--stop');
      store.installation = later;

      t.deepEqual(await store.loaded('exec', aid, ...maps('self')), former, 'a command in an instance of before');
      t.deepEqual(await store.loaded('exec', aid, ...maps(pid)), former, 'its process, by the pid that it has');
      const today = await store.loaded('run', '--rm', '--vproc', mechanism, ...maps('self'));
      t.is(today.length, 1);
      t.notDeepEqual(today, former, 'a new instance');

      const [clone] = await store.clone(`template-${mechanism}`);
      t.deepEqual(await store.loaded('exec', clone?.aid ?? '', ...maps(pid)), former, "a clone's process, which has it in its memory");
      t.deepEqual(await store.loaded('exec', clone?.aid ?? '', ...maps('self')), today, 'a command in a clone');
      const signalled = await store.ok('exec', clone?.aid ?? '', '--', 'sh', '-c', `kill -0 ${pid} && echo there`);
      t.is(signalled, 'there\n', 'both versions have one table');

      await store.ok('snapshot', aid);
      await store.ok('restore', aid);
      t.deepEqual(await store.loaded('exec', aid, ...maps(pid)), former, 'brought back');
      await store.ok('destroy', aid, clone?.aid ?? '');
      await store.ok('rm', `template-${mechanism}`);
      await store.ok('daemon', '--stop');
      store.installation = projectRoot;
    },
  );
