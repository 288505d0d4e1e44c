/** A store on a full disk: nothing can be written, but what is there is served. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { eventually, TestStore } from '../support/store.ts';
import { TestView } from './test-view.ts';

const noSpace = { code: 'ENOSPC' };

function smallDisk(t: ExecutionContext, size: string): string {
  const disk = mkdtempSync(join(tmpdir(), 'appshot-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'appshot-test', disk]);
  t.teardown(async () => {
    // A server that was told to end has the last of it open for a moment longer.
    await eventually(() => execFileSync('umount', [disk], { stdio: 'pipe' }));
    rmdirSync(disk);
  });
  return disk;
}

for (const passthrough of [true, false]) {
  test.serial(`a server that is killed on a full disk has a successor, ${passthrough ? 'passed through' : 'plain'}`, async (t) => {
    const disk = smallDisk(t, '8m');
    const view = await TestView.mount(passthrough, 'log', {}, disk);
    t.teardown(() => view.close());
    const note = join(view.work, 'note');
    const filler = join(view.work, 'filler');
    writeFileSync(note, 'as it was');
    const fd = openSync(filler, 'w');
    t.throws(() => {
      for (;;) writeSync(fd, Buffer.alloc(65_536, 1));
    }, noSpace);
    closeSync(fd);
    for (let kills = 0; kills < 5; kills++) {
      await view.kill();
      t.is(readFileSync(note, 'latin1'), 'as it was');
      t.throws(() => {
        appendFileSync(filler, Buffer.alloc(65_536));
      }, noSpace);
    }
    unlinkSync(filler);
    appendFileSync(note, ', and more');
    await view.kill();
    t.is(readFileSync(note, 'latin1'), 'as it was, and more');
  });
}

for (const passthrough of [true, false]) {
  test.serial(`what can't be removed on a full disk stays as it was, ${passthrough ? 'passed through' : 'plain'}`, async (t) => {
    const disk = smallDisk(t, '16m,nr_inodes=100');
    const view = await TestView.mount(passthrough, 'log', {}, disk);
    t.teardown(() => view.close());
    const [file, directory] = [join(view.work, 'file'), join(view.work, 'directory')];
    mkdirSync(directory);
    for (const name of [file, join(directory, 'below')]) writeFileSync(name, 'lower');
    await view.seal();
    writeFileSync(file, 'upper');
    unlinkSync(join(directory, 'below'));
    const opened = openSync(file, 'r'); // the inode stays in use
    const fillers: string[] = [];
    const fill = (): void => {
      t.throws(() => {
        for (;;) {
          const name = join(disk, `filler-${fillers.length}`);
          closeSync(openSync(name, 'w'));
          fillers.push(name);
        }
      }, noSpace);
    };
    for (const how of ['', 'killed']) {
      if (how === 'killed') await view.kill();
      fill();
      await setTimeout(100); // what was closed may be let go of a moment later
      fill();
      t.throws(() => {
        unlinkSync(file);
      }, noSpace);
      t.throws(() => {
        rmdirSync(directory);
      }, noSpace);
      t.is(readFileSync(file, 'latin1'), 'upper');
      t.deepEqual([readdirSync(view.work).sort(), readdirSync(directory)], [['directory', 'file'], []]);
    }
    for (const name of fillers) unlinkSync(name);
    closeSync(opened);
    writeFileSync(join(view.work, '.appshot.whiteout'), "an application's own");
    unlinkSync(file);
    rmdirSync(directory);
    await view.remount();
    t.deepEqual(readdirSync(view.work), ['.appshot.whiteout']);
    t.is(readFileSync(join(view.work, '.appshot.whiteout'), 'latin1'), "an application's own");
  });
}

test.serial('destroying an instance makes room on a full disk', async (t) => {
  const disk = smallDisk(t, '24m');
  const store = new TestStore({}, disk);
  t.teardown(() => store.close());
  await store.ok('create', 'host');
  await store.ok('clone', 'host', '--aid', 'large');
  const fd = openSync(join(store.home, 'run/mnt/large/var/tmp/appshot-filler'), 'w');
  t.throws(() => {
    for (;;) writeSync(fd, Buffer.alloc(65_536, 1));
  }, noSpace);
  closeSync(fd);
  t.regex((await store.appshot(['clone', 'host', '--aid', 'more'])).stderr, /the disk is full|No space left/);
  await store.ok('destroy', 'large');
  await store.ok('clone', 'host', '--aid', 'more');
});
