/** A store on a full disk: nothing can be written, but what is there is served. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmdirSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
