/** What a daemon that runs for years knows of what is gone: nothing. */
import test from 'ava';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v8 from 'node:v8';
import { Appshot, type TemplateSummary } from '../src/appshot.ts';
import { CheckedImage } from '../src/image-cache.ts';
import { storePaths } from '../src/paths.ts';
import { endStore } from './support/end-store.ts';
import { eventually } from './support/store.ts';

const home = mkdtempSync(join(tmpdir(), 'appshot-test-forgotten-'));
const scratch = mkdtempSync(join(tmpdir(), 'appshot-forgotten-'));
const appshot = await Appshot.open({ paths: storePaths({ APPSHOT_HOME: home }) });
test.after.always(async () => {
  await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
  await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
  await appshot.close();
  endStore(home);
  rmSync(scratch, { recursive: true, force: true });
});

/** Since Node 20.13. */
const inMemory = 'queryObjects' in v8 ? test.serial : test.serial.skip;

inMemory('an image that was removed is not kept in memory', async (t) => {
  t.timeout(120_000);
  await appshot.run({ aid: 'source', command: ['sleep', '1000'], cwd: '/' });
  const known = (): number => v8.queryObjects(CheckedImage, { format: 'count' });
  for (let round = 0; round < 5; round++) {
    await appshot.commit({ aid: 'source', template: 'short' });
    const [clone] = await appshot.clone({ template: 'short' });
    t.true(known() > 0, 'it counts them');
    await appshot.destroy({ aids: [clone?.aid ?? ''] });
    await appshot.rm({ templates: ['short'] });
  }
  await eventually(() => {
    if (known() > 1) throw new Error(`${known()} images are known`);
  });
  t.pass();
});

test.serial('layers that were removed leave others their place among those that are watched', async (t) => {
  t.timeout(240_000);
  const root = join(scratch, 'many');
  mkdirSync(root);
  for (let file = 0; file < 990; file++) writeFileSync(join(root, `${file}`), '');
  // More of them than are watched at once.
  for (let round = 0; round < 10; round++) {
    await appshot.create({ template: 'many', root });
    await appshot.inspect({ name: 'many' });
    await appshot.rm({ templates: ['many'] });
  }
  mkdirSync(join(scratch, 'few'));
  for (let file = 0; file < 100; file++) writeFileSync(join(scratch, `few/${file}`), 'as it was');
  await appshot.create({ template: 'few', root: join(scratch, 'few') });
  const { layers } = (await appshot.inspect({ name: 'few' })) as { layers: { path: string }[] };
  await sleep(6000); // every new layer is looked at some seconds later, watched or not
  writeFileSync(join(layers[0]?.path ?? '', '7'), 'as another hand has it');
  await eventually(async () => {
    const [row] = (await appshot.ls({})) as TemplateSummary[];
    if (!/another hand/.test((row?.notes ?? []).join())) throw new Error('nobody has noticed');
  }, 20_000);
  t.pass();
});
