import test from 'ava';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectRoot } from '../../native/programs.ts';
import { TestView } from './test-view.ts';

const run = promisify(execFile);
/** How long the server is killed in every run, seconds. */
const seconds = Number(process.env['APPSHOT_KILLS'] ?? 3);
const program = join(projectRoot, 'test/programs/fs-under-kills.py');
const kinds = ['fsx', 'sqlite', 'git', 'build', ...(existsSync('/usr/lib/postgresql/15/bin/initdb') ? ['pgbench'] : [])];

for (const passthrough of [true, false]) {
  test.serial(`programs lose nothing while the server is killed, ${passthrough ? 'passed through' : 'plain'}`, async (t) => {
    t.timeout(seconds * 1000 + 240_000);
    const view = await TestView.mount(passthrough);
    t.teardown(() => view.close());
    const work = kinds.map(async (kind) => {
      const cwd = join(view.work, kind);
      mkdirSync(cwd);
      await run('python3', [program, kind, String(seconds)], { cwd });
    });
    const state = { done: false };
    const ended = Promise.allSettled(work).finally(() => {
      state.done = true;
    });
    let kills = 0;
    for (; !isDone(state); kills++) {
      await view.kill();
      await sleep(10 + ((kills * 37) % 90)); // time for something to be under way
    }
    for (const each of await ended) if (each.status === 'rejected') throw each.reason;
    t.log(`${kills} kills`);
    t.true(kills > 0);
  });
}

const isDone = (state: { readonly done: boolean }): boolean => state.done;
