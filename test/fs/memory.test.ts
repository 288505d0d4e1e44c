/** The server's memory follows what the kernel remembers of its files, and what that may be is bounded. */
import test from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, readSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/store.ts';
import { inodes } from './snapshot.ts';
import { TestView } from './test-view.ts';

const FOLDERS = 40;
const FILES = 250;
const [major = 0, minor = 0] = release().split('.').map(Number);
/** Whether the kernel can be told to forget files. */
const prunes = major > 6 || (major === 6 && minor >= 18);

function fill(work: string): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const at = join(work, `folder-${folder}`);
    mkdirSync(at);
    for (let file = 0; file < FILES; file++) writeFileSync(join(at, `file-${file}`), '');
  }
}

(prunes ? test.serial : test.serial.skip)('beyond its limit the server makes the kernel forget what nobody uses', async (t) => {
  const most = 1000;
  const view = await TestView.mount(true, 'log', { APPSHOT_MOST_NODES: String(most) });
  t.teardown(() => view.close());
  const few = (): Promise<void> =>
    eventually(async () => {
      const nodes = await view.told('nodes');
      if (nodes > most) throw new Error(`${nodes} nodes`);
    });
  mkdirSync(join(view.work, 'used/below'), { recursive: true });
  const used = join(view.work, 'used/below');
  writeFileSync(join(used, 'open'), 'as it was');
  const open = openSync(join(used, 'open'), 'r+');
  t.teardown(() => {
    closeSync(open);
  });
  const inside = spawn('sleep', ['1000'], { cwd: used, stdio: 'ignore' });
  t.teardown(async () => {
    inside.kill('SIGKILL');
    await once(inside, 'exit');
  });
  await once(inside, 'spawn');

  fill(view.work);
  const before = inodes(view.work);
  t.is(before.size, FOLDERS * (FILES + 1) + 3);
  await few();
  t.is(readlinkSync(`/proc/${inside.pid}/cwd`), used, 'what is used stays where it is');
  const bytes = Buffer.alloc(20);
  t.is(bytes.toString('latin1', 0, readSync(open, bytes, 0, 20, 0)), 'as it was');
  t.is(statSync(join(used, 'open')).ino, Number(before.get('used/below/open')));
  t.deepEqual(inodes(view.work), before, 'and what was forgotten is found as it was');

  await view.kill();
  t.deepEqual(inodes(view.work), before);
  await few();
  t.is(readlinkSync(`/proc/${inside.pid}/cwd`), used);
});

/** Room for the allocator's own ways, KiB. */
const SPARE = 3000;

test.serial('what the kernel forgets, or a view that goes, costs no memory any more', async (t) => {
  const view = await TestView.mount(true);
  t.teardown(() => view.close());
  fill(view.work);
  await view.remount();
  const falls = (to: number): Promise<void> =>
    eventually(() => {
      if (view.memory() > to) throw new Error(`${view.memory()} KiB, not ${to}`);
    });
  await eventually(async () => {
    if ((await view.told('nodes')) > 50) throw new Error('nodes are left');
  });
  await falls(20_000);
  const before = view.memory();
  const scan = async (): Promise<void> => {
    t.true(inodes(view.work).size > FOLDERS * FILES);
    t.true((await view.told('nodes')) > FOLDERS * FILES);
    t.true(view.memory() > before + SPARE);
  };
  await scan();
  await view.remount();
  await falls(before + SPARE);
  await scan();
  writeFileSync('/proc/sys/vm/drop_caches', '2');
  await eventually(async () => {
    if ((await view.told('nodes')) > 50) throw new Error('nodes are left');
  });
  await falls(before + SPARE);
  t.is(readFileSync(join(view.work, 'folder-3/file-7'), 'latin1'), '');
});
