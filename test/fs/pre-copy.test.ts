import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TestView, type Way } from './test-view.ts';

const MIB = 1 << 20;
const SIZE = 8 * MIB;

/** What may happen to a file between its copying ahead and the seal; each leaves the file open for writing. */
const changes: Readonly<Record<string, (file: string, fd: number) => void>> = {
  nothing: () => undefined,
  'a byte': (_, fd) => writeSync(fd, 'x', 3 * MIB + 5),
  'bytes of a page that was made clean again': (_, fd) => {
    writeSync(fd, 'x', 5 * MIB);
    fsyncSync(fd);
    writeSync(fd, 'y', 5 * MIB + 1);
  },
  direct: (file) => {
    execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=8k', 'count=3', 'seek=100', 'oflag=direct', 'conv=notrunc', 'status=none']);
  },
  shorter: (_, fd) => {
    ftruncateSync(fd, 3 * MIB + 17);
  },
  'shorter and longer again': (file, fd) => {
    ftruncateSync(fd, 2 * MIB + 100);
    truncateSync(file, SIZE);
  },
  'emptied, with a hole and an end': (file, fd) => {
    closeSync(openSync(file, 'w'));
    writeSync(fd, 'the end', SIZE);
  },
  longer: (_, fd) => writeSync(fd, randomBytes(MIB), 0, MIB, SIZE + 3 * MIB),
  'much longer': (_, fd) => writeSync(fd, 'far away', 400 * MIB),
  'a hole': (file) => {
    fallocate(file, '--punch-hole', MIB + 100, 2 * MIB);
  },
  zeros: (file, fd) => {
    try {
      fallocate(file, '--zero-range', MIB + 100, 2 * MIB);
    } catch (error) {
      if (!/not supported/.test(String(error))) throw error; // tmpfs has no such call
      writeSync(fd, Buffer.alloc(2 * MIB), 0, 2 * MIB, MIB + 100);
    }
  },
  'more allocated': (file) => {
    fallocate(file, '--posix', SIZE, 2 * MIB);
  },
  'a hole, and a byte elsewhere': (file, fd) => {
    fallocate(file, '--punch-hole', 4 * MIB, MIB);
    writeSync(fd, 'x', MIB);
  },
};

function fallocate(file: string, how: string, offset: number, length: number): void {
  execFileSync('fallocate', [how, '--offset', String(offset), '--length', String(length), file], { stdio: ['ignore', 'ignore', 'pipe'] });
}

for (const way of ['log', 'times', 'notes', 'none'] as const) {
  test.serial(`what is changed after it was copied ahead is in the sealed layer, by ${way}`, async (t) => {
    t.timeout(120_000);
    const view = await mounted(t, way);
    for (const [what, change] of Object.entries(changes)) {
      const file = join(view.work, 'f');
      const fd = openSync(file, 'w+');
      writeSync(fd, randomBytes(SIZE));
      const taken = await view.preCopy();
      change(file, fd);
      const sealed = await view.seal();
      const expected = readFileSync(file);
      writeSync(fd, 'not in the layer', 0);
      t.true(readFileSync(view.sealed('f')).equals(expected), what);
      if (taken !== way) t.log(`this machine does it by ${taken}`);
      else if (way !== 'none' && what === 'nothing') t.is(sealed.copiedBytes, 0);
      else if ((way === 'log' || way === 'notes') && what === 'a byte')
        t.true(sealed.copiedBytes > 0 && sealed.copiedBytes <= 2 * MIB, what);
      closeSync(fd);
    }
  });
}

test.serial('a server that takes over knows of no copies, and seals all the same', async (t) => {
  const view = await mounted(t, 'log');
  const file = join(view.work, 'f');
  const fd = openSync(file, 'w+');
  writeSync(fd, randomBytes(SIZE));
  await view.preCopy();
  await view.kill();
  writeSync(fd, 'changed', MIB);
  await view.seal();
  t.true(readFileSync(view.sealed('f')).equals(readFileSync(file)));
  closeSync(fd);
});

async function mounted(t: ExecutionContext, way: Way): Promise<TestView> {
  const view = await TestView.mount(way !== 'notes', way);
  t.teardown(() => view.close());
  return view;
}
