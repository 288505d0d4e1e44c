import test, { type ExecutionContext } from 'ava';
import { constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants as system, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry, OpenFile } from '../../fs/store/entry.ts';
import { errnoOf } from '../../fs/store/errno.ts';
import { StoreTree } from '../../fs/store/tree.ts';
import { Views } from '../../fs/store/views.ts';
import { addon } from '../../native/addon.ts';
import { eventually } from '../support/store.ts';
import { fakeBackend, type FakeBackend } from './fake-backend.ts';

const { errno } = system;
const directory = mkdtempSync(join(tmpdir(), 'appshot-tree-'));
test.after.always(() => {
  rmSync(directory, { recursive: true, force: true });
});

function tree(): { tree: StoreTree; backend: FakeBackend } {
  const backend = fakeBackend(directory);
  backend.all.set('web', {
    name: 'web',
    created: '2026-01-02T03:04:05.000Z',
    rules: { text: 'old\n' },
    layers: [{ id: 'a', kind: 'private', path: directory, state: 'sealed' }],
    resources: [{ type: 'file', id: 3, name: '/etc/x', mark: 'shared', rule: null }],
  });
  const views = new Views(
    { mount: async () => undefined, unmount: async () => undefined, mounted: async () => [] },
    { mounts: join(directory, 'mounts'), masks: [] },
  );
  return { tree: new StoreTree(backend, views, addon()), backend };
}

const names = async (entry: Entry): Promise<string[]> =>
  ((await entry.list?.()) ?? []).map((each) => (typeof each === 'string' ? each : each.name));

async function text(store: StoreTree, path: string): Promise<string> {
  const entry = await store.find(path);
  const { size } = await entry.stat();
  const file = (await entry.open?.(constants.O_RDONLY)) as OpenFile;
  const buffer = Buffer.alloc(size + 10);
  const read = (await file.read?.(buffer, 0)) ?? 0;
  await file.release();
  return buffer.toString('utf8', 0, read);
}

async function save(file: OpenFile, content: string): Promise<void> {
  await file.write?.(Buffer.from(content), 0);
  try {
    await file.flush?.();
  } finally {
    await file.release();
  }
}

const openForWriting = async (store: StoreTree, path: string): Promise<OpenFile> => {
  const entry = await store.find(path);
  await entry.truncate?.(0);
  return (await entry.open?.(constants.O_WRONLY)) as OpenFile;
};

async function failsWith(t: ExecutionContext, name: keyof typeof errno, work: () => Promise<unknown> | undefined): Promise<void> {
  let found = 0;
  try {
    await work();
  } catch (error) {
    found = errnoOf(error);
  }
  t.is(found, errno[name]);
}

test('what stands in a template and an instance', async (t) => {
  const { tree: store } = tree();
  t.deepEqual(await names(store.root), ['templates', 'instances']);
  t.deepEqual(await names(await store.find('/templates/web')), ['info.json', 'resources', 'rules', 'root']);
  t.is(await text(store, '/templates/web/resources'), 'file\t3\tshared\t-\t/etc/x\n');
  t.is((JSON.parse(await text(store, '/templates/web/info.json')) as { name: string }).name, 'web');
  t.is(await text(store, '/instances/one/tables'), '{"type":"pid","virtual":2,"system":1234,"state":"bound"}\n');
  await failsWith(t, 'ENOENT', () => store.find('/templates/none'));
  await failsWith(t, 'ENOENT', () => store.find('/instances/none'));
  await failsWith(t, 'ENOENT', () => store.find('/templates/web/other'));
});

test('rules become what is saved, and stay what they were when that is no rules', async (t) => {
  const { tree: store, backend } = tree();
  await save(await openForWriting(store, '/templates/web/rules'), 'new\n');
  t.is(backend.all.get('web')?.rules?.text, 'new\n');
  const file = await openForWriting(store, '/templates/web/rules');
  await failsWith(t, 'EINVAL', () => save(file, 'BAD\n'));
  t.is(backend.all.get('web')?.rules?.text, 'new\n');
  t.is(await text(store, '/templates/web/rules'), 'new\n');
  t.is(await text(store, '/templates/web/rules.error'), 'rules:1:1: no rule\n');
  await save(await openForWriting(store, '/templates/web/rules'), 'better\n');
  await failsWith(t, 'ENOENT', () => store.find('/templates/web/rules.error'));
});

test('a shell that closes a copy of its descriptor first saves nothing by that', async (t) => {
  const { tree: store, backend } = tree();
  const file = await openForWriting(store, '/templates/web/rules');
  await file.flush?.();
  t.is(backend.all.get('web')?.rules?.text, 'old\n');
  await save(file, 'new\n');
  t.is(backend.all.get('web')?.rules?.text, 'new\n');
});

test('editors that write a file of their own and move it over', async (t) => {
  const { tree: store, backend } = tree();
  const at = await store.find('/templates/web');
  await save((await at.create?.('.rules.swp', 0o600)) as OpenFile, 'from an editor\n');
  t.is(await text(store, '/templates/web/.rules.swp'), 'from an editor\n');
  await at.rename?.('.rules.swp', at, 'rules');
  t.is(backend.all.get('web')?.rules?.text, 'from an editor\n');
  t.deepEqual(await names(at), ['info.json', 'resources', 'rules', 'root']);
  await failsWith(t, 'EPERM', () => at.rename?.('info.json', at, 'other'));
  await failsWith(t, 'EPERM', () => at.unlink?.('rules'));
});

test('a removal asks the guards first, and is forgotten when it is not finished', async (t) => {
  const { tree: store, backend } = tree();
  const at = await store.find('/templates/web');
  backend.busy = true;
  await failsWith(t, 'EBUSY', () => at.unlink?.('info.json'));
  t.true((await names(at)).includes('info.json'));
  backend.busy = false;
  await at.unlink?.('info.json');
  await at.unlink?.('rules');
  t.deepEqual(await names(await store.find('/templates/web/root')), []);
  await at.rmdir?.('root');
  t.deepEqual(await names(at), ['resources']);
  await (await store.find('/templates')).rmdir?.('web');
  t.deepEqual(backend.calls, ['remove web']);
  await failsWith(t, 'ENOENT', () => store.find('/templates/web'));
});

test('a sealed template is never changed through its root', async (t) => {
  const { tree: store } = tree();
  const root = await store.find('/templates/web/root');
  await failsWith(t, 'EROFS', () => root.mkdir?.('x', 0o755));
  await failsWith(t, 'EROFS', () => root.unlink?.('x'));
  await failsWith(t, 'EROFS', () => root.create?.('x', 0o644));
});

test('a new template is filled, then sealed', async (t) => {
  const { tree: store, backend } = tree();
  await (await store.find('/templates')).mkdir?.('fresh', 0o755);
  t.deepEqual(await names(await store.find('/templates/fresh')), ['info.json', 'resources', 'rules', 'root']);
  await save((await (await store.find('/templates/fresh/root')).create?.('file', 0o644)) as OpenFile, 'content');
  t.is(readFileSync(join(directory, 'file'), 'utf8'), 'content');
  await store.settle();
  t.deepEqual(backend.calls, ['create fresh'], 'not while somebody may still write');
  await store.settle(true);
  t.deepEqual(backend.calls, ['create fresh', 'seal fresh']);
  await failsWith(t, 'EROFS', async () => (await store.find('/templates/fresh/root')).create?.('more', 0o644));
  await failsWith(t, 'EINVAL', async () => (await store.find('/templates')).mkdir?.('NO NAME', 0o755));
});

test('a copy of a whole tree makes what it copies', async (t) => {
  const { tree: store, backend } = tree();
  await (await store.find('/templates')).mkdir?.('copy', 0o755);
  const at = await store.find('/templates/copy');
  await failsWith(t, 'ENOENT', () => store.find('/templates/copy/info.json'));
  await save((await at.create?.('info.json', 0o644)) as OpenFile, '{"name": "other"}');
  await failsWith(t, 'ENOENT', () => store.find('/templates/copy/root'));
  await at.mkdir?.('root', 0o755);
  await save((await at.create?.('rules', 0o644)) as OpenFile, 'copied\n');
  t.is(backend.all.get('copy')?.rules?.text, 'copied\n');
  t.is(
    (JSON.parse(await text(store, '/templates/copy/info.json')) as { name: string }).name,
    'copy',
    'its own description, not the copied one',
  );
  await store.settle(true);
  t.deepEqual(await names(at), ['info.json', 'resources', 'rules', 'root']);
});

test('a copy of a running template says that it has the files alone', async (t) => {
  const { tree: store } = tree();
  await (await store.find('/templates')).mkdir?.('copy', 0o755);
  const file = (await (await store.find('/templates/copy')).create?.('info.json', 0o644)) as OpenFile;
  await failsWith(t, 'EOPNOTSUPP', () => save(file, JSON.stringify({ name: 'warm', kind: 'running', size: 5 }, null, 2)));
});

test('rules that are cut without being opened are saved all the same', async (t) => {
  const { tree: store, backend } = tree();
  await (await store.find('/templates/web/rules')).truncate?.(2);
  await eventually(() => {
    if (backend.all.get('web')?.rules?.text !== 'ol') throw new Error('not yet');
  });
  t.is(await text(store, '/templates/web/rules'), 'ol');
});

test('a name that is no text is found by what it is shown as', async (t) => {
  const { tree: store } = tree();
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/n`), Buffer.from([0xff])]), 'bytes');
  t.is(await text(store, '/instances/one/root/n\ufffd'), 'bytes');
  t.true(existsSync(directory));
});
