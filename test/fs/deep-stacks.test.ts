/** Views over many layers, as who is committed again and again has them: a name costs no look into each. */
import test, { type ExecutionContext } from 'ava';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestView } from './test-view.ts';

const DEPTH = 100;
/** Into the private layer, into the layer that has it, and some: not one for each layer. */
const MOST_LOOKS = 6;
/** As the view server has it, the private one among them and the one that is there from the beginning. */
const MOST_LAYERS = 1024 - 1;

async function deep(t: ExecutionContext, files: number): Promise<TestView> {
  const view = await TestView.mount(true);
  t.teardown(() => view.close());
  mkdirSync(join(view.work, 'a/b'), { recursive: true });
  for (let layer = 0; layer < DEPTH; layer++) {
    for (let file = 0; file < files; file++) writeFileSync(join(view.work, `a/b/${layer}-${file}`), `${layer} ${file}`);
    writeFileSync(join(view.work, 'a/b/same'), `${layer}`);
    if (layer > 1) rmSync(join(view.work, `a/b/${layer - 2}-0`));
    await view.seal();
  }
  return view;
}

async function looksFor(view: TestView, work: () => void): Promise<number> {
  const before = await view.told('looks');
  work();
  return (await view.told('looks')) - before;
}

test.serial(`over ${DEPTH} layers a name is looked for in few of them`, async (t) => {
  const view = await deep(t, 1);
  for (const [how, anew] of [
    ['as it was sealed', () => Promise.resolve()],
    ['mounted anew', () => view.remount()],
    ['with another server', () => view.kill()],
  ] as const) {
    await anew();
    statSync(join(view.work, 'a/b')); // three directories, which are in all of the layers
    const absent = await looksFor(view, () => {
      t.is(statSync(join(view.work, `a/b/absent-${how}`), { throwIfNoEntry: false }), undefined);
    });
    t.true(absent <= MOST_LOOKS, `${how}, a name that is nowhere took ${absent} looks`);
    const all = await looksFor(view, () => {
      for (let layer = 0; layer < DEPTH; layer++) {
        const file = join(view.work, `a/b/${layer}-0`);
        if (layer < DEPTH - 2) t.is(statSync(file, { throwIfNoEntry: false }), undefined);
        else t.is(readFileSync(file, 'utf8'), `${layer} 0`);
      }
    });
    t.true(all <= DEPTH * MOST_LOOKS, `${how}, ${DEPTH} names took ${all} looks`);
    t.is(readFileSync(join(view.work, 'a/b/same'), 'utf8'), `${DEPTH - 1}`);
    t.deepEqual(readdirSync(join(view.work, 'a/b')).sort(), [`${DEPTH - 1}-0`, `${DEPTH - 2}-0`, 'same'].sort());
  }
  renameSync(join(view.work, 'a'), join(view.work, 'c'));
  await view.seal();
  await view.remount();
  t.is(readFileSync(join(view.work, `c/b/${DEPTH - 1}-0`), 'utf8'), `${DEPTH - 1} 0`);
  t.is(statSync(join(view.work, 'a'), { throwIfNoEntry: false }), undefined);
});

test.serial('directories that are in all of the layers take few looks too', async (t) => {
  const view = await deep(t, 1);
  await view.remount();
  const looks = await looksFor(view, () => statSync(join(view.work, 'a/b/same')));
  t.true(looks <= 4 * MOST_LOOKS, `${looks} looks`);
});

test.serial('what was removed, replaced and renamed in deep layers stays so', async (t) => {
  const view = await TestView.mount(true);
  t.teardown(() => view.close());
  for (const directory of ['opaque', 'moved', 'kept']) mkdirSync(join(view.work, `${directory}/in`), { recursive: true });
  for (const file of ['opaque/in/old', 'moved/in/old', 'kept/in/old', 'gone']) writeFileSync(join(view.work, file), file);
  for (let layer = 0; layer < 10; layer++) await view.seal();
  rmSync(join(view.work, 'opaque'), { recursive: true });
  mkdirSync(join(view.work, 'opaque/in'), { recursive: true });
  writeFileSync(join(view.work, 'opaque/in/new'), 'new');
  renameSync(join(view.work, 'moved'), join(view.work, 'there'));
  rmSync(join(view.work, 'gone'));
  writeFileSync(join(view.work, 'kept/in/new'), 'new');
  const inode = statSync(join(view.work, 'kept/in/old')).ino;
  writeFileSync(join(view.work, 'kept/in/old'), 'written');
  const expected = [
    'kept',
    'kept/in',
    'kept/in/new',
    'kept/in/old',
    'opaque',
    'opaque/in',
    'opaque/in/new',
    'there',
    'there/in',
    'there/in/old',
  ];
  for (let layer = 0; layer < 3; layer++) {
    await view.seal();
    await view.remount();
    // By name, before anything is listed.
    for (const absent of ['opaque/in/old', 'moved', 'gone'])
      t.is(statSync(join(view.work, absent), { throwIfNoEntry: false }), undefined, absent);
    t.is(readFileSync(join(view.work, 'there/in/old'), 'utf8'), 'moved/in/old');
    t.is(readFileSync(join(view.work, 'kept/in/old'), 'utf8'), 'written');
    t.is(statSync(join(view.work, 'kept/in/old')).ino, inode, 'the number that it had');
    t.deepEqual(readdirSync(view.work, { recursive: true }).sort(), expected);
    writeFileSync(join(view.work, 'there/in/more'), '');
    rmSync(join(view.work, 'there/in/more'));
  }
});

test.serial('a layer with too many names to keep is looked into', async (t) => {
  const view = await TestView.mount(true);
  t.teardown(() => view.close());
  for (let layer = 0; layer < 12; layer++) {
    for (let file = 0; file < (layer === 5 ? 600 : 1); file++) writeFileSync(join(view.work, `${layer}-${file}`), `${layer} ${file}`);
    await view.seal();
  }
  await view.remount();
  t.is(readFileSync(join(view.work, '5-599'), 'utf8'), '5 599');
  t.is(readFileSync(join(view.work, '0-0'), 'utf8'), '0 0');
  t.is(readdirSync(view.work).length, 611);
});

test.serial('a view over as many layers as one may have is not sealed again, and goes on', async (t) => {
  const view = await TestView.mount(true);
  t.teardown(() => view.close());
  for (let layer = 0; layer < MOST_LAYERS - 1; layer++) await view.seal();
  writeFileSync(join(view.work, 'before'), 'before');
  await t.throwsAsync(view.seal(), { message: /as many layers as one may: 1023/ });
  writeFileSync(join(view.work, 'after'), 'after');
  await view.remount();
  t.deepEqual(readdirSync(view.work).sort(), ['after', 'before']);
});
