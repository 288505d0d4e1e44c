import test from 'ava';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestStore } from './support/store.ts';

interface Row {
  readonly template: string | null;
  readonly layers: { readonly own: number; readonly shared: number };
  readonly images: { readonly own: number; readonly shared: number };
  readonly total: number;
}

const store = new TestStore();
const root = mkdtempSync(join(tmpdir(), 'appshot-df-'));
test.after.always(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

test.serial('what is shared counts once in the total, and is nobody’s own', async (t) => {
  writeFileSync(join(root, 'large'), Buffer.alloc(1 << 20, 'x'));
  await store.ok('create', 'base', '--root', root);
  await store.ok('create', 'other', '--root', root);
  await store.ok('cp', 'base', 'copy');
  const command = 'head -c 2000000 /dev/urandom > /var/tmp/large && echo written && exec sleep 1000';
  await store.run('sleeper', ['--wait-for', 'log:written'], ['/bin/sh', '-c', command]);
  await store.ok('commit', 'sleeper', 'asleep');
  const [listed] = await store.json<{ name: string; size: number }>('ls');
  t.is(listed?.name, 'asleep');
  const [told] = await store.json<{ image: { bytes: number } }>('inspect', 'asleep');
  t.true((listed?.size ?? 0) >= 2_000_000 + (told?.image.bytes ?? 0), 'a fresh layer counts from the first');
  const rows = await store.json<Row>('df');
  const of = (name: string | null): Row => rows.find(({ template }) => template === name) as Row;
  t.is(of('other').layers.shared, 0);
  t.true(of('other').layers.own >= 1 << 20);
  t.is(of('base').layers.own, 0);
  t.is(of('base').layers.shared, of('copy').layers.shared);
  t.true(of('asleep').images.own > 0);
  t.true(of('asleep').layers.own >= 2_000_000);
  t.is(of('asleep').total, of('asleep').layers.own + of('asleep').images.own);
  t.is(of(null).total, of('base').total + of('other').total + of('asleep').total);
  t.is(rows.at(-1)?.template, null);
  const table = await store.ok('df');
  t.regex(table, /^TEMPLATE +LAYERS +SHARED +IMAGES +SHARED +TOTAL\n/);
  t.regex(table, /\ntotal .*\n$/);
  t.is((await store.ok('df', '-q')).trim(), 'asleep\nbase\ncopy\nother');
});
