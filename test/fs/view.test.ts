import test, { type ExecutionContext } from 'ava';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../native/programs.ts';
import { eventually } from '../support/store.ts';
import { TestView } from './test-view.ts';

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

for (const passthrough of [true, false]) {
  const how = passthrough ? 'passed through' : 'plain';

  test.serial(`a view mounted in the place of another stays when the server is killed, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    for (let round = 0; round < 20; round++) {
      await view.remount();
      await view.kill();
      t.true(existsSync(view.work));
    }
  });

  test.serial(`a removed or replaced file of a layer has no link left, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    for (const name of ['removed', 'replaced', 'other']) writeFileSync(join(view.work, name), name);
    await view.seal();
    const fds = ['removed', 'replaced'].map((name) => openSync(join(view.work, name), 'r'));
    unlinkSync(join(view.work, 'removed'));
    renameSync(join(view.work, 'other'), join(view.work, 'replaced'));
    t.deepEqual(
      fds.map((fd) => fstatSync(fd).nlink),
      [0, 0],
    );
    for (const fd of fds) closeSync(fd);
  });

  test.serial(`sealing leaves the times of directories and what is being written, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const directory = join(view.work, 'd');
    mkdirSync(directory);
    const fd = openSync(join(directory, 'f'), 'w');
    linkSync(join(directory, 'f'), join(directory, 'g'));
    lutimesSync(directory, 1000, 1000);
    await view.seal();
    writeFileSync(fd, 'after');
    closeSync(fd);
    await view.remount();
    t.is(lstatSync(directory).mtimeMs, 1_000_000);
    t.deepEqual(
      ['f', 'g'].map((name) => readFileSync(join(directory, name), 'latin1')),
      ['after', 'after'],
    );
  });

  test.serial(`who has a small file of a layer open sees the first write to it, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const file = join(view.work, 'f');
    writeFileSync(file, '');
    await view.seal();
    const fd = openSync(file, 'r');
    writeFileSync(file, 'changed');
    const got = Buffer.alloc(7);
    readSync(fd, got, 0, 7, 0);
    t.is(got.toString(), 'changed');
    closeSync(fd);
  });

  test.serial(`what is said of a file is right while it is written, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const sealed = join(view.work, 'sealed');
    mkdirSync(sealed);
    writeFileSync(join(sealed, 'name'), '');
    await view.seal();
    for (const directory of [view.work, sealed]) {
      execFileSync('python3', [join(projectRoot, 'test/programs/fs-attributes.py')], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
      t.is(readFileSync(join(directory, 'other'), 'latin1'), 'end');
    }
  });

  test.serial(`what is read again and again is never older than its last change, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const sealed = join(view.work, 'sealed');
    mkdirSync(sealed);
    writeFileSync(join(sealed, 'read-again'), 'of the layer below');
    await view.seal();
    for (const directory of [view.work, sealed]) {
      const reader = spawn('python3', [join(projectRoot, 'test/programs/fs-read-again.py')], {
        cwd: directory,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = once(reader, 'exit');
      t.teardown(() => void reader.kill('SIGKILL'));
      for (let alive = true; alive; alive = isAlive(reader)) {
        await sleep(20);
        // Whoever is sealed stands still.
        reader.kill('SIGSTOP');
        while (isAlive(reader) && !/^State:\s+[TZ]/m.test(readFileSync(`/proc/${reader.pid}/status`, 'latin1'))) await sleep(1);
        await view.seal();
        reader.kill('SIGCONT');
      }
      t.deepEqual(await ended, [0, null]);
    }
  });

  test.serial(`set-id bits go where they do elsewhere, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const plain = mkdtempSync(join(tmpdir(), 'appshot-set-id-'));
    t.teardown(() => {
      rmSync(plain, { recursive: true });
    });
    const [inside, outside] = [view.work, plain].map((cwd) =>
      execFileSync('python3', [join(projectRoot, 'test/programs/fs-set-id.py')], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    t.is(inside, outside);
  });

  test.serial(`to read a small file again asks for nothing but its opening, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const file = join(view.work, 'f');
    writeFileSync(file, 'small');
    const readIt = (): void => {
      const fd = openSync(file, 'r');
      t.is(fstatSync(fd).size, 5);
      t.is(readFileSync(fd, 'latin1'), 'small');
      closeSync(fd);
    };
    for (let i = 0; i < 3; i++) readIt();
    const asked = await view.asked(() => {
      for (let i = 0; i < 20; i++) readIt();
    });
    t.true(asked <= 45, `${asked} requests`);
    if (!passthrough) return;
    writeFileSync(file, Buffer.alloc(4 << 20));
    for (let i = 0; i < 3; i++) {
      const large = await view.asked(() => void readFileSync(file));
      t.true(large <= 4, `${large} requests, once it is large`);
    }
  });

  test.serial(`nobody waits for what was written to memory to be on a disk, ${how}`, async (t) => {
    const asked = async (view: TestView): Promise<number> => {
      const fd = openSync(join(view.work, 'f'), 'w');
      fsyncSync(fd);
      const times = await view.asked(() => {
        for (let i = 0; i < 10; i++) fdatasyncSync(fd);
      });
      closeSync(fd);
      return times;
    };
    // The odd request of something else may fall into it.
    if (statfsSync(tmpdir()).type !== 0x01021994) t.true((await asked(await mounted(t, passthrough))) >= 10);
    const inMemory = await TestView.mount(passthrough, 'log', {}, '/dev/shm');
    t.teardown(() => inMemory.close());
    t.true((await asked(inMemory)) < 5);
  });

  test.serial(`nobody is asked for what hasn't changed, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const file = join(view.work, 'f');
    writeFileSync(file, 'small');
    await sleep(2100);
    const both = openSync(file, 'r+');
    fstatSync(both);
    const from = performance.now();
    const asked = await view.asked(async () => {
      for (let i = 0; i < 20; i++) {
        await sleep(15);
        fstatSync(both);
      }
    });
    // Once a second, for there may be a mapping of it.
    t.true(asked <= 2 + (performance.now() - from) / 1000, `${asked} requests`);
    closeSync(both);
  });

  test.serial(`a file that seemed to be mapped is believed again, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const file = join(view.work, 'f');
    writeFileSync(file, 'x');
    const looks = (): Promise<number> =>
      view.asked(() => {
        for (let i = 0; i < 10; i++) lstatSync(file);
      });
    // To whoever asks for a lease, it is the same as a mapping.
    const below = openSync(view.upper('f'), 'r+');
    closeSync(openSync(file, 'r+'));
    await until(async () => (await looks()) >= 10);
    closeSync(below);
    await until(async () => (await looks()) === 0);
    t.pass();
  });

  test.serial(`an access control list takes the set-group-id bit where it does elsewhere, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    for (const cwd of [mkdtempSync(join(tmpdir(), 'appshot-plain-')), view.work]) {
      execFileSync('python3', [join(projectRoot, 'test/programs/fs-acl.py')], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      if (cwd !== view.work) rmSync(cwd, { recursive: true });
    }
    t.is(readdirSync(view.work).length, 8);
  });

  test.serial(`thousands of names of one file, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const first = join(view.work, 'first');
    writeFileSync(first, 'one');
    mkdirSync(join(view.work, 'names'));
    for (let i = 0; i < 5000; i++) linkSync(first, join(view.work, 'names', String(i)));
    t.is(lstatSync(first).nlink, 5001);
    await view.kill();
    unlinkSync(first);
    rmSync(join(view.work, 'names', '17'));
    t.is(readdirSync(join(view.work, 'names')).length, 4999);
    t.is(lstatSync(join(view.work, 'names/4999')).nlink, 4999);
    rmSync(join(view.work, 'names'), { recursive: true });
    t.deepEqual(readdirSync(view.work), []);
  });
}

async function mounted(t: ExecutionContext, passthrough: boolean): Promise<TestView> {
  const view = await TestView.mount(passthrough);
  t.teardown(() => view.close());
  return view;
}

const until = (is: () => Promise<boolean>): Promise<void> =>
  eventually(async () => {
    if (!(await is())) throw new Error('it never is');
  }, 20_000);
