/** OCI image layouts with what no careful tool writes: it is right, or it is refused in words. */
import test from 'ava';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
const directory = (path: string): Member => ({ path: `${path}/`, type: 'directory', mode: 0o755 });

function layerTar(members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ text = '', ...head }) => {
    const body = Buffer.from(text);
    return [tarHead({ ...head, size: body.length }), body, Buffer.alloc(padding(body.length))];
  });
  return Buffer.concat([...parts, TAR_END]);
}

/** An image layout with these layers, bottom first. */
function layout(name: string, ...layers: readonly (readonly Member[])[]): string {
  const at = join(scratch, name);
  mkdirSync(join(at, 'blobs/sha256'), { recursive: true });
  const blob = (bytes: Buffer, kind: string): object => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(at, 'blobs/sha256', digest), bytes);
    return { mediaType: `application/vnd.oci.image.${kind}`, digest: `sha256:${digest}`, size: bytes.length };
  };
  const manifest = { schemaVersion: 2, layers: layers.map((members) => blob(layerTar(members), 'layer.v1.tar')) };
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

test.serial('what is refused says why, and nothing is left', async (t) => {
  t.regex(
    await refused('device', [{ path: 'zero', type: 'character', device: { major: 0, minor: 0 } }]),
    /zero: a character device 0\/0 is how a layer marks a removed file/,
  );
  t.regex(await refused('upward', [file('a/../../escaped'), file('b')]), /Member name contains '\.\.'/);
  t.regex(await refused('through', [{ path: 'out', type: 'symlink', link: scratch }, file('out/escaped')]), /out\/escaped/);
  t.false(existsSync(join(scratch, 'escaped')));
  t.regex(await refused('elsewhere', [file('a')], [{ path: 'b', type: 'hardlink', link: 'a' }]), /b: Cannot hard link to 'a'/);
  t.is((await store.appshot(['create', 'device', '--root', layout('device', [file('a')])])).code, 0);
});
