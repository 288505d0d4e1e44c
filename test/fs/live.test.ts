import test, { type ExecutionContext } from 'ava';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestView } from './test-view.ts';

/** So long after a change the kernel may keep what it was told; so long it believes what was never asked for again. */
const SETTLED_MS = 1100;

async function mounted(t: ExecutionContext, passthrough: boolean): Promise<TestView> {
  const view = await TestView.mount(passthrough, 'log', {}, tmpdir(), true);
  t.teardown(() => view.close());
  return view;
}

const names = (path: string): string => readdirSync(path).join(' ');

for (const passthrough of [true, false]) {
  const how = passthrough ? 'passed through' : 'plain';

  test.serial(`whoever opens a file sees what others have just made of it, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const [below, file] = [view.lowest('f'), join(view.work, 'f')];
    writeFileSync(below, 'one');
    t.is(readFileSync(file, 'latin1'), 'one');
    await sleep(SETTLED_MS);
    for (const text of ['two', 'longer than before', 'x', '']) {
      for (let again = 0; again < 3; again++) readFileSync(file);
      writeFileSync(below, text);
      t.is(readFileSync(file, 'latin1'), text);
      t.is(readFileSync(file, 'latin1'), text);
      await sleep(SETTLED_MS);
      t.is(readFileSync(file, 'latin1'), text);
    }
    writeFileSync(`${below}.new`, 'in its place');
    renameSync(`${below}.new`, below);
    t.is(readFileSync(file, 'latin1'), 'in its place');
    for (let i = 0; i < 500; i++) {
      writeFileSync(below, String(i % 7).repeat(1 + (i % 5)));
      if (readFileSync(file, 'latin1') !== readFileSync(below, 'latin1')) t.fail(`change ${i} was not seen`);
    }
  });

  test.serial(`what grows while it is open is read on, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    writeFileSync(view.lowest('log'), 'one\n');
    await sleep(SETTLED_MS);
    const file = join(view.work, 'log');
    readFileSync(file);
    const open = openSync(file, 'r');
    t.teardown(() => {
      closeSync(open);
    });
    const bytes = Buffer.alloc(100);
    t.is(readSync(open, bytes, 0, 100, null), 4);
    writeFileSync(view.lowest('log'), 'two\n', { flag: 'a' });
    await sleep(SETTLED_MS);
    t.is(readSync(open, bytes, 0, 100, null), 4);
    t.is(bytes.toString('latin1', 0, 4), 'two\n');
    // Removed and made anew under its name: who has the old one open keeps it.
    unlinkSync(view.lowest('log'));
    writeFileSync(view.lowest('log'), 'another one');
    await sleep(SETTLED_MS);
    t.is(readSync(open, bytes, 0, 100, 0), 8);
    t.is(bytes.toString('latin1', 0, 8), 'one\ntwo\n');
    t.is(readFileSync(file, 'latin1'), 'another one');
    t.is(fstatSync(open).size, 8);
  });

  test.serial(`who lists a directory sees what others have just made of it, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    const [below, dir] = [view.lowest('d'), join(view.work, 'd')];
    mkdirSync(below);
    for (const name of ['a', 'b']) writeFileSync(join(below, name), '');
    t.is(names(dir), 'a b');
    await sleep(SETTLED_MS);
    t.is(names(dir), 'a b');
    writeFileSync(join(below, 'c'), '');
    t.is(names(dir), 'a b c');
    await sleep(SETTLED_MS);
    t.is(names(dir), 'a b c');
    renameSync(join(below, 'c'), join(below, 'd'));
    t.is(names(dir), 'a b d');
    // Merged with what is above it.
    writeFileSync(join(dir, 'own'), '');
    unlinkSync(join(dir, 'a'));
    t.is(names(dir), 'b d own');
    await sleep(SETTLED_MS);
    t.is(names(dir), 'b d own');
    unlinkSync(join(below, 'b'));
    // The times that a merged directory shows are those of what is above.
    await sleep(SETTLED_MS);
    t.is(names(dir), 'd own');
    for (let i = 0; i < 300; i++) {
      if (i % 2) rmSync(join(below, 'new'));
      else writeFileSync(join(below, 'new'), '');
      if (names(dir) !== (i % 2 ? 'd own' : 'd new own')) t.fail(`change ${i} was not seen`);
    }
    await sleep(SETTLED_MS);
    rmSync(below, { recursive: true });
    t.is(names(dir), 'own');
  });

  test.serial(`who has it open sees the first write to it here, and others' no more, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    writeFileSync(view.lowest('f'), 'below');
    await sleep(SETTLED_MS);
    const file = join(view.work, 'f');
    readFileSync(file);
    const open = openSync(file, 'r');
    t.teardown(() => {
      closeSync(open);
    });
    writeFileSync(file, 'above');
    const bytes = Buffer.alloc(5);
    readSync(open, bytes, 0, 5, 0);
    t.is(bytes.toString('latin1'), 'above');
    writeFileSync(view.lowest('f'), 'again');
    await sleep(SETTLED_MS);
    t.is(readFileSync(file, 'latin1'), 'above');
    t.is(readFileSync(view.lowest('f'), 'latin1'), 'again');
  });

  test.serial(`nobody is asked for what others left alone, also after the server was killed, ${how}`, async (t) => {
    const view = await mounted(t, passthrough);
    mkdirSync(view.lowest('d'));
    for (let i = 0; i < 30; i++) writeFileSync(view.lowest(`d/${i}`), `text ${i}`);
    await sleep(SETTLED_MS);
    const file = join(view.work, 'd/1');
    const look = (): Promise<number> =>
      view.asked(() => {
        t.is(readFileSync(file, 'latin1'), 'text 1');
        t.is(readdirSync(join(view.work, 'd')).length, 30);
        for (let i = 0; i < 30; i++) statSync(join(view.work, 'd', String(i)));
      });
    for (const killed of [false, true]) {
      if (killed) await view.kill();
      await look();
      const counts = [];
      for (let i = 0; i < 10; i++) counts.push(await look());
      // To open and close both, unless a second has just passed.
      t.true(Math.min(...counts) <= 4, counts.join(' '));
    }
  });
}
