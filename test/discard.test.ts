import test from 'ava';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardTree } from '../src/remove-tree.ts';
import { TestStore } from './support/store.ts';

const UUID = /\.[0-9a-f]{8}-[0-9a-f-]{27}$/;
const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-discard-'));

test.after.always(async () => {
  await store.close();
  rmSync(scratch, { recursive: true });
});

const layers = (): string[] => readdirSync(join(store.home, 'data/layers'));

/** A directory with `count` files in it, some deeper. */
function fill(directory: string, count: number): string {
  mkdirSync(directory);
  for (let i = 0; i < count; i++) {
    if (i % 1000 === 0) mkdirSync(join(directory, `d${i}`));
    writeFileSync(join(directory, `d${i - (i % 1000)}`, String(i)), '');
  }
  return directory;
}

test.serial('others are served while much is removed', async (t) => {
  await store.ok('create', 'large', '--root', fill(join(scratch, 'large'), 30_000));
  const before = layers().length;
  let served = 0;
  const progress = { removed: false };
  const removal = store.ok('rm', 'large').finally(() => {
    progress.removed = true;
  });
  while (!progress.removed) {
    const away = layers().some((name) => UUID.test(name));
    await store.operations.ps({ all: true });
    if (away && layers().some((name) => UUID.test(name))) served++;
  }
  await removal;
  t.true(served > 0, `${served} questions were answered`);
  t.is(layers().length, before - 1);
});

test.serial('what is removed may be few or many, of any name and mode, or not there', async (t) => {
  for (const count of [0, 10, 400]) {
    const path = fill(join(scratch, 'tree'), count);
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0x6e, 0xff])]), '');
    mkdirSync(join(path, 'closed'), { mode: 0o500 });
    await discardTree(path);
    t.false(readdirSync(scratch).some((name) => name.startsWith('tree')));
  }
  await t.notThrowsAsync(discardTree(join(scratch, 'nothing')));
});
