import test from 'ava';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { verifyRecords } from '../src/image/index.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
const elsewhere = new TestStore();
test.after.always(async () => {
  await store.close();
  await elsewhere.close();
});

const pagesOf = (image: string): string => join(store.home, 'data/images', image, 'pages');

async function imageOf(name: string): Promise<{ id: string; digest: string | null }> {
  return (JSON.parse(await store.ok('inspect', '--json', name)) as { image: { id: string; digest: string | null } }).image;
}

/** The image once it has its digest. */
const digested = (name: string): Promise<{ id: string; digest: string }> =>
  eventually(async () => {
    const { id, digest } = await imageOf(name);
    if (digest === null) throw new Error(`${name} has no digest`);
    return { id, digest };
  });

test.before(() => store.run('app', [], ['sleep', '1000']));

test.serial('a template has the digest of its memory after a while, and is what it was', async (t) => {
  await store.ok('commit', 'app', 'plain');
  const before = await imageOf('plain');
  const { id, digest } = await digested('plain');
  t.is(id, before.id);
  t.regex(digest, /^[0-9a-f]{64}$/);
  const { pagesDigest } = verifyRecords(readFileSync(join(store.home, 'data/images', id, 'records')));
  t.deepEqual(
    pagesDigest,
    createHash('sha256')
      .update(readFileSync(pagesOf(id)))
      .digest(),
  );
  t.deepEqual(readdirSync(join(store.home, 'data/images', id)).toSorted(), ['pages', 'records']);
  // Its times are others, so it is read whole, and trusted again.
  utimesSync(pagesOf(id), new Date(0), new Date(0));
  t.is((await store.clone('plain')).length, 1);
});

test.serial('a file that was changed before it had its digest is not trusted, and gets none', async (t) => {
  await store.ok('commit', 'app', 'changed');
  const { id } = await imageOf('changed');
  const size = statSync(pagesOf(id)).size;
  chmodSync(pagesOf(id), 0o600);
  const file = openSync(pagesOf(id), 'r+');
  writeSync(file, Buffer.from('other'), 0, 5, size - 4096);
  closeSync(file);
  const refused = await store.appshot(['clone', 'changed']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /was changed before its digest was made|not what was sealed/);
  const archive = join(store.home, 'changed.archive');
  t.regex((await store.appshot(['export', 'changed', archive])).stderr, /was changed before its digest was made/);
  t.is((await imageOf('changed')).digest, null);
  await store.ok('rm', 'changed');
});

test.serial('what is exported has its digest, however soon', async (t) => {
  await store.ok('commit', 'app', 'exported');
  const archive = join(store.home, 'exported.archive');
  await store.ok('export', 'exported', archive);
  t.not((await imageOf('exported')).digest, null);
  await elsewhere.ok('import', archive);
  t.is((await elsewhere.clone('exported')).length, 1);
  // The store's own image of that id is known for the same.
  await store.ok('import', archive, 'twice');
  t.deepEqual(await imageOf('twice'), await imageOf('exported'));
  rmSync(archive);
});

test.serial('a daemon that was killed before has its successor make it', async (t) => {
  await store.ok('commit', 'app', 'left');
  process.kill((await store.operations.hello({})).pid, 'SIGKILL');
  const { id } = await digested('left');
  t.is((await store.clone('left')).length, 1);
  t.is(execFileSync('sha256sum', [pagesOf(id)], { encoding: 'utf8' }).slice(0, 64), digestIn(id));
});

const digestIn = (id: string): string =>
  verifyRecords(readFileSync(join(store.home, 'data/images', id, 'records'))).pagesDigest.toString('hex');
