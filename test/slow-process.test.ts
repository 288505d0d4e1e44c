import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { eventually, TestStore } from './support/store.ts';

const directory = mkdtempSync(join(tmpdir(), 'appshot-slow-'));
const store = new TestStore();
/** Where this machine hands out processor time by groups in the way of the first version. */
const controller = '/sys/fs/cgroup/cpu';
const group = join(controller, `appshot-test-${process.pid}`);
const enter = (pid: string, place: string): void => {
  writeFileSync(join(place, 'cgroup.procs'), pid);
};
const able = existsSync(join(controller, 'cpu.cfs_quota_us')) && process.getuid?.() === 0;

test.after.always(async () => {
  if (existsSync(group))
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) enter(pid, controller);
  await store.close();
  if (existsSync(group))
    await eventually(() => {
      rmdirSync(group);
    });
  rmSync(directory, { recursive: true, force: true });
});

(able ? test : test.skip)(
  'a process that gets a fiftieth of a processor is committed: its calls take long, but it is at work (control group of processors)',
  async (t) => {
    const program = join(directory, 'wide');
    execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', join(projectRoot, 'test/programs/wide.c'), '-o', program]);
    const { pids } = await store.run('slow', ['--wait-for', 'log:^ready'], [program, '6000']);
    mkdirSync(group);
    writeFileSync(join(group, 'cpu.cfs_period_us'), '1000000');
    writeFileSync(join(group, 'cpu.cfs_quota_us'), '20000');
    enter(String(pids[0]?.system), group);
    await store.ok('commit', 'slow', 'of-slow');
    t.is((await store.clone('of-slow')).length, 1);
  },
);
