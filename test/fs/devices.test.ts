import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { TestView } from './test-view.ts';

const program = join(projectRoot, 'test/programs/fs-devices.py');

for (const passthrough of [true, false])
  for (const then of ['seal', 'remount', 'kill'] as const)
    test.serial(`device nodes, then ${then}, ${passthrough ? 'passed through' : 'plain'}`, async (t) => {
      const view = await TestView.mount(passthrough);
      t.teardown(() => view.close());
      const cwd = join(view.work, 'devices');
      mkdirSync(cwd);
      execFileSync('python3', [program, 'make'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      await view[then]();
      execFileSync('python3', [program, 'find'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      t.false(existsSync(cwd));
    });
