import test from 'ava';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpacked } from './support/unpacked.ts';
import { addon } from '../native/addon.ts';
import { projectRoot } from '../native/programs.ts';
import { getJson } from './support/http.ts';
import { eventually, TestStore } from './support/store.ts';
import { describeTree } from './support/trees.ts';

const here = new TestStore();
const there = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-export-'));
test.after.always(async () => {
  await here.close();
  await there.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Inspected {
  readonly layers: readonly { readonly id: string; readonly kind: string; readonly path: string }[];
  readonly image: { readonly id: string; readonly parents: readonly string[] } | null;
  readonly resources: readonly unknown[];
}
const inspect = async (store: TestStore, name: string): Promise<Inspected> =>
  JSON.parse(await store.ok('inspect', '--json', name)) as Inspected;
const stored = (store: TestStore, part: 'layers' | 'images'): string[] => {
  const directory = join(store.home, 'data', part);
  return existsSync(directory) ? readdirSync(directory) : [];
};

/** A directory with one of everything that an archive must keep. */
function everything(): string {
  const root = join(scratch, 'root');
  mkdirSync(join(root, 'etc/deep/er'), { recursive: true });
  writeFileSync(join(root, 'etc/file'), 'content\n');
  linkSync(join(root, 'etc/file'), join(root, 'etc/hard'));
  chownSync(join(root, 'etc/file'), 1234, 3_000_000);
  chmodSync(join(root, 'etc/file'), 0o4755);
  symlinkSync('/data/<APPL-ID>/own', join(root, 'etc/dynamic'));
  symlinkSync('x'.repeat(300), join(root, 'etc/long-link'));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/etc/`), Buffer.from([0x6e, 0xff, 0xfe])]), 'a name that is no text');
  writeFileSync(join(root, `etc/deep/er/${'n'.repeat(255)}`), 'long');
  writeFileSync(join(root, 'etc/.wh.own-name'), 'no whiteout');
  writeFileSync(join(root, 'etc/sparse'), 'start');
  truncateSync(join(root, 'etc/sparse'), 256 << 20);
  addon().setXattr(join(root, 'etc/deep'), 'user.bytes', Buffer.from([0, 10, 255, 61]));
  addon().setXattr(join(root, 'etc/file'), 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
  addon().makeNode(join(root, 'etc/fifo'), 0o010640);
  addon().makeNode(join(root, 'etc/socket'), 0o140755);
  addon().setTimes(join(root, 'etc/deep'), 1n, -1_500_000_000n);
  return root;
}

test.serial('a template of files goes to another store and is the same there', async (t) => {
  const root = everything();
  await here.ok('create', 'base', '--root', root);
  const archive = join(scratch, 'base.appshot');
  const [written] = await here.json<{ template: string; bytes: number }>('export', 'base', archive);
  t.is(written?.template, 'base');
  t.is(written?.bytes, statSync(archive).size);
  t.true(statSync(archive).size < 1 << 20, 'holes take no room');
  t.is(statSync(archive).mode & 0o777, 0o600);
  await there.ok('import', archive);
  const [from, to] = [await inspect(here, 'base'), await inspect(there, 'base')];
  const tree = describeTree(from.layers[0]?.path ?? '');
  t.true(Object.keys(tree).length > 12);
  t.deepEqual(describeTree(to.layers[0]?.path ?? ''), tree);
  t.true(statSync(join(to.layers[0]?.path ?? '', 'etc/sparse')).blocks < 64, 'and are holes again');
});

test.serial('a name that is taken is refused; under another the layers are shared', async (t) => {
  const archive = join(scratch, 'base.appshot');
  const refused = await there.appshot(['import', archive]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^appshot: import base: there is already a template of that name; .*\n$/);
  await there.ok('import', archive, 'again');
  const layers = await Promise.all(['base', 'again'].map(async (name) => (await inspect(there, name)).layers.map(({ id }) => id)));
  t.deepEqual(layers[0], layers[1]);
  t.is(stored(there, 'layers').length, 1);
});

test.serial('through standard output and input', async (t) => {
  const command = join(projectRoot, 'bin/appshot');
  const archive = execFileSync(command, ['export', 'base', '-'], { env: { ...process.env, APPSHOT_HOME: here.home }, maxBuffer: 1 << 26 });
  execFileSync(command, ['import', '-', 'piped'], { env: { ...process.env, APPSHOT_HOME: there.home }, input: archive });
  t.true((await there.ok('ls', '-q')).split('\n').includes('piped'));
});

test.serial('what is no whole archive is refused in one line and leaves nothing', async (t) => {
  const archive = readFileSync(join(scratch, 'base.appshot'));
  const tar = await unpacked(archive);
  const flipped = Buffer.from(tar);
  const at = flipped.indexOf('no whiteout');
  flipped.write('NO WHITEOUT', at);
  const cases: [name: string, bytes: Buffer, why: RegExp][] = [
    ['cut', archive.subarray(0, archive.length / 2), /cut short/],
    ['cut-tar', tar.subarray(0, tar.length - 4096), /cut short|missing/],
    ['changed', flipped, /digest/],
    ['foreign', Buffer.from('#!/bin/sh\n'.repeat(200)), /no archive of a template/],
    ['empty', Buffer.alloc(0), /no archive of a template/],
  ];
  const before = stored(there, 'layers');
  for (const [name, bytes, why] of cases) {
    writeFileSync(join(scratch, name), bytes);
    const { code, stderr } = await there.appshot(['import', join(scratch, name), 'never']);
    t.is(code, 1, name);
    t.regex(stderr, why, name);
    t.is(stderr.trim().split('\n').length, 1, name);
  }
  t.false((await there.ok('ls', '-q')).split('\n').includes('never'));
  t.deepEqual(stored(there, 'layers'), before);
});

function daemonOf(store: TestStore): number {
  const [pid] = readFileSync(join(store.home, 'state/daemon.log'), 'utf8').match(/(?<="pid":)\d+(?=[^\n]*\n$)/) ?? [];
  return Number(pid);
}

test.serial('a killed import leaves nothing after the next start', async (t) => {
  const fifo = join(scratch, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const client = spawn(join(projectRoot, 'bin/appshot'), ['import', fifo, 'half'], {
    env: { ...process.env, APPSHOT_HOME: there.home },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => client.once('exit', resolve));
  const before = stored(there, 'layers').length;
  const pipe = openSync(fifo, 'w');
  writeSync(pipe, (await unpacked(readFileSync(join(scratch, 'base.appshot')))).subarray(0, 24_000));
  await eventually(() => {
    if (stored(there, 'layers').length === before) throw new Error('nothing yet');
  });
  process.kill(daemonOf(there), 'SIGKILL');
  closeSync(pipe);
  await ended;
  await there.ok('ls');
  t.is(stored(there, 'layers').length, before);
  t.false((await there.ok('ls', '-q')).split('\n').includes('half'));
});

test.serial('a killed export leaves nothing beside what was there', async (t) => {
  const [root, out] = [join(scratch, 'large'), join(scratch, 'out')];
  for (const directory of [root, out]) mkdirSync(directory);
  for (let i = 0; i < 8; i++) writeFileSync(join(root, `random-${i}`), randomBytes(32 << 20));
  await here.ok('create', 'large', '--root', root);
  const archive = join(out, 'large.appshot');
  writeFileSync(archive, 'the one before');
  const daemon = daemonOf(here);
  const client = spawn(join(projectRoot, 'bin/appshot'), ['export', 'large', archive], {
    env: { ...process.env, APPSHOT_HOME: here.home },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => client.once('exit', resolve));
  await eventually(() => {
    const open = readdirSync(`/proc/${daemon}/fd`).map((fd) => readlinkSync(`/proc/${daemon}/fd/${fd}`, 'latin1'));
    if (!open.some((file) => file.startsWith(`${out}/`))) throw new Error('not written yet');
  });
  process.kill(daemon, 'SIGKILL');
  await ended;
  t.deepEqual(readdirSync(out), ['large.appshot']);
  t.is(readFileSync(archive, 'latin1'), 'the one before');
  await here.ok('export', 'large', archive);
  t.deepEqual(readdirSync(out), ['large.appshot']);
  t.true(statSync(archive).size > 8 * (32 << 20));
  await here.ok('rm', 'large');
  for (const directory of [root, out]) rmSync(directory, { recursive: true });
});

interface Answer {
  readonly aid: string;
  readonly word: number;
  readonly visits: string[];
}

test.serial('a running template and the one it stands on come to life in another store', async (t) => {
  await here.run('web', ['--wait-for', 'port:8080'], [process.execPath, join(projectRoot, 'examples/warm-server.mjs')]);
  await here.ok('commit', 'web', 'warm');
  await here.clone('warm', '--aid', 'second');
  await getJson(await here.address('second', 8080), '/note?text=second-generation');
  await here.ok('commit', 'second', 'warmer');
  const archive = join(scratch, 'warmer.appshot');
  await here.ok('export', 'warmer', archive);
  const { stderr } = await there.appshot(['import', archive]);
  t.regex(stderr, /stands on this machine's own \//);
  const [from, to] = [await inspect(here, 'warmer'), await inspect(there, 'warmer')];
  t.deepEqual(to.image, from.image);
  t.is(to.image?.parents.length, 1);
  t.deepEqual(to.resources, from.resources);
  const [clone] = await there.clone('warmer');
  const answer = await getJson<Answer>(await there.address(clone?.aid ?? '', 8080), '/?word=word-42');
  t.is(answer.aid, 'warmer-1');
  t.is(answer.word, (42 * 2_654_435_761) % 4_294_967_296);
  t.true(answer.visits.includes('second-generation'));
  await here.ok('export', 'warm', join(scratch, 'warm.appshot'));
  await there.ok('import', join(scratch, 'warm.appshot'));
  t.is(stored(there, 'images').length, 2, 'an image that is there already is not brought twice');
  t.is((await there.clone('warm')).length, 1);
});

test.serial('layers as an OCI image layout, out and in again', async (t) => {
  const tar = join(scratch, 'oci.tar');
  const layout = join(scratch, 'layout');
  await here.run(
    'shell',
    [],
    [
      '/bin/sh',
      '-c',
      'rm -rf /usr/share/doc/tar /usr/share/doc/bash; mkdir /usr/share/doc/bash; echo new > /usr/share/doc/bash/new; sleep 1000',
    ],
  );
  await eventually(async () => {
    if (!(await here.ok('diff', 'shell')).includes('/usr/share/doc/bash/new')) throw new Error('not yet');
  });
  await here.ok('commit', 'shell', 'changed', '--stop');
  await here.ok('export', 'changed', tar, '--layer', 'oci');
  mkdirSync(layout);
  execFileSync('tar', ['-xf', tar, '-C', layout]);
  const names = readdirSync(join(layout, 'blobs/sha256'))
    .map((blob) => join(layout, 'blobs/sha256', blob))
    .filter((blob) => readFileSync(blob, 'latin1').slice(257, 262) === 'ustar')
    .flatMap((blob) => execFileSync('tar', ['-tf', blob], { encoding: 'utf8' }).split('\n'));
  t.true(names.includes('usr/share/doc/.wh.tar'));
  t.true(names.includes('usr/share/doc/bash/.wh..wh..opq'));
  await here.ok('create', 'from-oci', '--root', layout);
  const [from, to] = [await inspect(here, 'changed'), await inspect(here, 'from-oci')];
  const comparable = (path: string): string[] =>
    Object.entries(describeTree(path)).map(
      ([name, what]) => `${name} ${what.replace(/ trusted\.overlay\.(impure|appshot\.ino)=\w+/g, '')}`,
    );
  t.deepEqual(comparable(to.layers[0]?.path ?? ''), comparable(from.layers[0]?.path ?? ''));
  t.is((await here.appshot(['export', 'base', tar, '--layer', 'oci'])).code, 1, 'a name that an OCI layer has another meaning for');
  copyFileSync(tar, join(layout, 'index.json'));
  const damaged = await here.appshot(['create', 'never', '--root', layout]);
  t.is(damaged.code, 1);
  t.is(damaged.stderr.trim().split('\n').length, 1);
});
