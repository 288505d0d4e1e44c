/** OCI image layouts with what no careful tool writes: it is right, or it is refused in words. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { padding, TAR_END, tarHead, type TarHead } from '../src/archive/tar-head.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore({ LC_ALL: 'C.UTF-8' });
const scratch = mkdtempSync(join(tmpdir(), 'appshot-layouts-'));
test.after.always(async () => {
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

type Member = TarHead & { readonly text?: string };
const file = (path: string, text = ''): Member => ({ path, type: 'file', text });
const link = (path: string, target: string): Member => ({ path, type: 'hardlink', link: target });
const directory = (path: string): Member => ({ path: `${path}/`, type: 'directory', mode: 0o755 });

function layerTar(members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ text = '', ...head }) => {
    const body = Buffer.from(text);
    return [tarHead({ ...head, size: body.length }), body, Buffer.alloc(padding(body.length))];
  });
  return Buffer.concat([...parts, TAR_END]);
}

/** An image layout with these layers, bottom first. */
const layout = (name: string, ...layers: readonly (readonly Member[])[]): string => layoutOf(name, layers.map(layerTar), 'layer.v1.tar');

function layoutOf(name: string, layers: readonly Buffer[], type: string): string {
  const at = join(scratch, name);
  mkdirSync(join(at, 'blobs/sha256'), { recursive: true });
  const blob = (bytes: Buffer, kind: string): object => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(at, 'blobs/sha256', digest), bytes);
    return { mediaType: `application/vnd.oci.image.${kind}`, digest: `sha256:${digest}`, size: bytes.length };
  };
  const manifest = { schemaVersion: 2, layers: layers.map((bytes) => blob(bytes, type)) };
  const index = { schemaVersion: 2, manifests: [blob(Buffer.from(JSON.stringify(manifest)), 'manifest.v1+json')] };
  writeFileSync(join(at, 'index.json'), JSON.stringify(index));
  writeFileSync(join(at, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return at;
}

/** What a template made of it shows. */
async function shown(name: string, ...layers: readonly (readonly Member[])[]): Promise<string[]> {
  await store.ok('create', name, '--root', layout(name, ...layers));
  await store.ok('clone', name, '--aid', `${name}-1`);
  const own = ['dev', 'proc', 'sys', 'tmp', '.appshot', 'etc'];
  const root = join(store.home, 'run/mnt', `${name}-1`);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !own.includes(path.split('/')[0] ?? ''))
    .toSorted();
}

async function refused(name: string, ...layers: readonly (readonly Member[])[]): Promise<string> {
  const { code, stderr } = await store.appshot(['create', name, '--root', layout(name, ...layers)]);
  if (code !== 1) throw new Error(`${name} ended with ${code}`);
  return stderr.trim();
}

test.serial('members that come twice, and a directory with content named again', async (t) => {
  t.deepEqual(await shown('twice', [file('a', '1'), file('a', '22'), directory('b'), file('b/x'), directory('b')]), ['a', 'b', 'b/x']);
  t.deepEqual(await shown('turned', [file('a'), directory('a'), file('a/x')]), ['a', 'a/x']);
});

test.serial('whiteouts before and after what they hide, and of nothing', async (t) => {
  const below = [directory('a'), file('a/x'), directory('b'), file('b/y'), file('c')];
  const above = [file('.wh.a'), directory('a'), file('a/z'), directory('b'), file('b/new'), file('b/.wh..wh..opq'), file('.wh.nothing')];
  t.deepEqual(await shown('hidden', below, above), ['a', 'a/z', 'b', 'b/new', 'c']);
});

test.serial("other tools' own files beside whiteouts are not the image's", async (t) => {
  t.deepEqual(await shown('aufs', [directory('.wh..wh.plnk'), file('.wh..wh.plnk/1.2'), file('.wh..wh.aufs'), file('a')]), ['a']);
});

test.serial('a link to a file of a layer below leads to a copy of it', async (t) => {
  const deep = { ...directory('d'), mode: 0o700, uid: 12, mtime: 5_000_000_000n };
  const below = [deep, { ...file('d/a', 'text'), mode: 0o640, uid: 34, mtime: 7_000_000_000n }, { ...file('z', 'zz') }];
  const above = [link('d/b', 'd/a'), link('./e/c', 'd/b'), file('.wh.z'), link('y', 'z')];
  t.deepEqual(await shown('linked', below, [file('x')], above), ['d', 'd/a', 'd/b', 'e', 'e/c', 'x', 'y']);
  const at = join(store.home, 'run/mnt/linked-1');
  const [a, b, c] = ['d/a', 'd/b', 'e/c'].map((name) => statSync(join(at, name)));
  t.deepEqual([a?.ino, a?.ino], [b?.ino, c?.ino]);
  t.deepEqual([a?.mode, a?.uid, a?.mtimeMs, a?.nlink].map(Number), [0o100640, 34, 7000, 3]);
  const { mode, uid, mtimeMs } = statSync(join(at, 'd'));
  t.deepEqual([mode, uid, mtimeMs], [0o040700, 12, 5000]);
  t.is(readFileSync(join(at, 'e/c'), 'utf8') + readFileSync(join(at, 'y'), 'utf8'), 'textzz');
});

test.serial('a directory that a layer has something in and does not name is as it is below', async (t) => {
  const below = [
    { ...directory('tmp2'), mode: 0o1777 },
    { ...directory('closed'), mode: 0o700, uid: 7, gid: 8, mtime: 9_000_000_000n },
  ];
  await shown('unnamed', below, [file('closed/x'), file('tmp2/deep/y')], [file('closed/z')]);
  const at = join(store.home, 'run/mnt/unnamed-1');
  const { mode, uid, gid, mtimeMs } = statSync(join(at, 'closed'));
  t.deepEqual([mode & 0o7777, uid, gid, mtimeMs], [0o700, 7, 8, 9000]);
  t.is(statSync(join(at, 'tmp2')).mode & 0o7777, 0o1777);
});

const compressed = existsSync('/usr/bin/zstd') ? test.serial : test.serial.skip;
compressed('a layer compressed by zstd, whole and cut short (needs the program zstd)', async (t) => {
  const tar = layerTar([file('a', 'text')]);
  const packed = execFileSync('zstd', ['-q'], { input: tar });
  await store.ok('create', 'packed', '--root', layoutOf('packed', [packed], 'layer.v1.tar+zstd'));
  t.is((await store.ok('ls', '-q', 'packed:/')).trim(), 'a');
  const { code, stderr } = await store.appshot([
    'create',
    'cut',
    '--root',
    layoutOf('cut', [packed.subarray(0, -20)], 'layer.v1.tar+zstd'),
  ]);
  t.is(code, 1);
  t.is(stderr.trim().split('\n').length, 1);
});

test.serial('what is refused says why, and nothing is left', async (t) => {
  t.regex(
    await refused('device', [{ path: 'zero', type: 'character', device: { major: 0, minor: 0 } }]),
    /zero: a character device 0\/0 is how a layer marks a removed file/,
  );
  t.regex(await refused('upward', [file('a/../../escaped'), file('b')]), /Member name contains '\.\.'/);
  t.regex(await refused('through', [{ path: 'out', type: 'symlink', link: scratch }, file('out/escaped')]), /out\/escaped/);
  t.false(existsSync(join(scratch, 'escaped')));
  t.regex(await refused('nowhere', [file('a')], [link('b', 'c')]), /b: it is a link to c, which no layer has/);
  t.regex(await refused('covered', [file('a')], [file('.wh.a')], [link('b', 'a')]), /b: it is a link to a, which no layer has/);
  t.is((await store.appshot(['create', 'device', '--root', layout('device', [file('a')])])).code, 0);
});
