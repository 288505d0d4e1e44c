import test from 'ava';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtLayer } from '../src/layer-look.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
const directory = mkdtempSync(join(tmpdir(), 'appshot-layers-'));
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Noted {
  readonly name?: string;
  readonly template?: string | null;
  readonly notes?: readonly string[];
}
interface Inspected extends Noted {
  readonly layers: readonly { readonly id: string; readonly path: string; readonly kind: string }[];
  readonly changed: readonly { readonly paths: readonly string[]; readonly count: number }[];
}

function tree(name: string): string {
  const root = join(directory, name);
  mkdirSync(join(root, 'etc/deep'), { recursive: true });
  for (const file of ['etc/a', 'etc/b', 'etc/deep/c']) writeFileSync(join(root, file), file);
  symlinkSync('a', join(root, 'etc/link'));
  return root;
}

const inspect = async (name: string): Promise<Inspected> => (await store.json<Inspected>('inspect', name))[0] as Inspected;
const pathOf = ({ layers }: Inspected): string => layers[0]?.path ?? '';
const limit = 60_000;

/** The clock that change times are taken from goes on in steps. */
async function clockMovesOn(at: string): Promise<void> {
  const probe = join(at, '..', 'probe');
  const time = (): bigint => {
    writeFileSync(probe, '');
    return statSync(probe, { bigint: true }).ctimeNs;
  };
  const before = time();
  await eventually(() => {
    if (time() === before) throw new Error('the clock stands');
  }, limit);
}

const changes: readonly [what: string, change: (root: string) => void, paths: string[]][] = [
  [
    'a file written to',
    (root) => {
      writeFileSync(join(root, 'etc/a'), 'etc/X');
    },
    ['/etc/a'],
  ],
  [
    'one written to, and its times put back',
    (root) => {
      const { atime, mtime } = statSync(join(root, 'etc/a'));
      writeFileSync(join(root, 'etc/a'), 'etc/X');
      utimesSync(join(root, 'etc/a'), atime, mtime);
    },
    ['/etc/a'],
  ],
  [
    'a mode',
    (root) => {
      chmodSync(join(root, 'etc/deep/c'), 0o600);
    },
    ['/etc/deep/c'],
  ],
  [
    'a new file',
    (root) => {
      writeFileSync(join(root, 'etc/deep/new'), '');
    },
    ['/etc/deep/new'],
  ],
  [
    'a new directory',
    (root) => {
      mkdirSync(join(root, 'etc/new'));
    },
    ['/etc/new'],
  ],
  [
    'a file removed',
    (root) => {
      unlinkSync(join(root, 'etc/deep/c'));
    },
    ['/etc/deep'],
  ],
  [
    'a link removed',
    (root) => {
      unlinkSync(join(root, 'etc/link'));
    },
    ['/etc'],
  ],
  [
    'a file renamed',
    (root) => {
      renameSync(join(root, 'etc/b'), join(root, 'etc/z'));
    },
    ['/etc/z'],
  ],
  [
    'a further name',
    (root) => {
      linkSync(join(root, 'etc/b'), join(root, 'etc/b2'));
    },
    ['/etc/b', '/etc/b2'],
  ],
];
for (const [at, [what, change, paths]] of changes.entries())
  test(`a look at a layer finds ${what}`, async (t) => {
    const root = tree(`look-${at}`);
    const before = lookAtLayer({ root, since: null, lent: false });
    t.is(before.state.entries, 7);
    t.deepEqual(lookAtLayer({ root, since: before.state.newest, lent: false }), before);
    await clockMovesOn(root);
    change(root);
    const after = lookAtLayer({ root, since: before.state.newest, lent: false });
    t.deepEqual(after.newer, { paths, count: paths.length });
    t.true(after.state.newest > before.state.newest);
  });

test('a layer copied with its times has the same shape; one that is closed is as it was while it was lent', async (t) => {
  const root = tree('copied');
  execFileSync('cp', ['-a', root, join(directory, 'copy')]);
  const [one, other] = [root, join(directory, 'copy')].map((where) => lookAtLayer({ root: where, since: null, lent: false }).state);
  t.is(one?.shape, other?.shape);
  t.not(one?.root, other?.root);
  chmodSync(join(root, 'etc/a'), 0o400);
  const before = lookAtLayer({ root, since: null, lent: true });
  await clockMovesOn(root);
  chmodSync(join(root, 'etc/a'), 0o600);
  chmodSync(join(root, 'etc/a'), 0o400);
  t.deepEqual(lookAtLayer({ root, since: before.state.newest, lent: true }), before);
  t.is(lookAtLayer({ root, since: before.state.newest, lent: false }).newer.count, 1);
});

test.serial('what another hand changes in a layer is said everywhere, until it is accepted', async (t) => {
  await store.ok('create', 'files', '--root', tree('made'));
  await store.ok('create', 'other', '--root', join(directory, 'made'));
  const before = await inspect('files');
  t.deepEqual(before.changed, []);
  t.is(before.notes, undefined);
  writeFileSync(join(pathOf(before), 'etc/a'), 'changed by hand');
  unlinkSync(join(pathOf(before), 'etc/deep/c'));
  const after = await inspect('files');
  t.deepEqual(
    after.changed.map(({ paths, count }) => [paths, count]),
    [[['/etc/a', '/etc/deep'], 2]],
  );
  const said = 'a layer was changed by another hand since it was sealed: /etc/a, /etc/deep; appshot accept files takes it as it is now';
  t.deepEqual(after.notes, [said]);
  const listed = await store.appshot(['ls']);
  t.is(listed.stderr.trim().replace(/^appshot: /, ''), `files: ${said}`);
  const notes = async (command: string): Promise<(readonly [string, readonly string[] | undefined])[]> =>
    (await store.json<Noted>(command)).map(({ name, template, notes: told }) => [name ?? template ?? 'total', told] as const);
  t.deepEqual(await notes('ls'), [
    ['files', [said]],
    ['other', undefined],
  ]);
  t.deepEqual(await notes('df'), [
    ['files', [said]],
    ['other', undefined],
    ['total', undefined],
  ]);
  const [clone] = await store.json<Noted>('clone', 'files', '--aid', 'box');
  t.deepEqual(clone?.notes, [said]);
  t.deepEqual((await inspect('box')).notes, [said.replace('accept files', 'accept box')]);
  t.is(await store.ok('accept', 'files'), '/etc/a\n/etc/deep\n');
  t.deepEqual((await inspect('files')).changed, []);
  t.is((await store.appshot(['ls'])).stderr, '');
  t.is(await store.ok('accept', 'box'), 'box is as it was sealed\n');
  t.is((await store.appshot(['accept', 'nobody'])).code, 1);
  await store.ok('destroy', 'box');
});

test.serial('a change is noticed without being asked for, also one that was made while no daemon ran', async (t) => {
  const noted = (name: string): Promise<void> =>
    eventually(async () => {
      if ((await store.json<Noted>('ls')).find((row) => row.name === name)?.notes === undefined)
        throw new Error(`nothing is said of ${name}`);
    }, limit);
  await store.ok('create', 'watched', '--root', join(directory, 'made'));
  writeFileSync(join(pathOf(await inspect('watched')), 'etc/b'), 'by hand');
  await noted('watched');
  const { path } = (await inspect('other')).layers[0] ?? { path: '' };
  await store.ok('daemon', '--stop');
  chmodSync(join(path, 'etc/a'), 0o600);
  await noted('other');
  t.deepEqual((await inspect('watched')).changed[0]?.paths, ['/etc/b']);
  t.deepEqual((await inspect('other')).changed[0]?.paths, ['/etc/a']);
  rmSync(path, { recursive: true });
  const gone = await store.appshot(['accept', 'other']);
  t.is(gone.code, 1);
  t.regex(gone.stderr, /can't be read/);
});

test.serial('an application that writes on does not change what was sealed of it', async (t) => {
  const writes = `
import mmap, os, time
os.makedirs('/var/tmp/own', exist_ok=True)
f = open('/var/tmp/own/mapped', 'w+b'); f.truncate(1 << 16); m = mmap.mmap(f.fileno(), 1 << 16)
g = open('/var/tmp/own/written', 'w+b', buffering=0)
n = 0
while True:
    n += 1; m[n % 65536] = n % 256; g.write(b'x'); os.fsync(g.fileno())
    if n == 1: open('/var/tmp/own/begun', 'w').close(); print('begun', flush=True)
    os.utime('/var/tmp/own/begun'); time.sleep(0.0005)
`;
  await store.run('writer', ['--wait-for', 'log:begun'], ['python3', '-c', writes]);
  for (const name of ['first', 'second']) {
    await store.ok('commit', 'writer', name);
    await store.clone(name);
  }
  for (const name of ['first', 'second', 'first']) t.deepEqual((await inspect(name)).changed, [], name);
  await store.ok('rm', 'files', 'watched');
});
