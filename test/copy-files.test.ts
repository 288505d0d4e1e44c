/** Files copied into templates and out of them: as `cp -a` would within the template, and never anywhere else on the machine. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addon } from '../native/addon.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-copies-'));
const root = join(scratch, 'root');
const conf = join(scratch, 'conf');
const secret = join(scratch, 'secret');
test.after.always(async () => {
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

test.before(async () => {
  mkdirSync(join(root, 'etc/app'), { recursive: true });
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  mkdirSync(join(root, 'closed'), { mode: 0o700 });
  chownSync(join(root, 'closed'), 1234, 1235);
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('/etc/app', join(root, 'etc/absolute'));
  symlinkSync(`${secret}/inside`, join(root, 'etc/elsewhere'));
  symlinkSync(secret, join(root, 'etc/away'));
  mkdirSync(join(root, 'etc/linked/sub'), { recursive: true });
  symlinkSync(`${secret}/inside`, join(root, 'etc/linked/sub/c'));
  writeFileSync(join(root, 'etc/app/old'), 'old');
  mkdirSync(secret);
  writeFileSync(join(secret, 'inside'), "the machine's own");
  mkdirSync(join(conf, 'sub'), { recursive: true });
  writeFileSync(join(conf, 'a'), 'a');
  writeFileSync(join(conf, 'sub/c'), 'c');
  linkSync(join(conf, 'a'), join(conf, 'sub/b'));
  chownSync(join(conf, 'a'), 1000, 1001);
  chmodSync(join(conf, 'a'), 0o640);
  addon().setXattr(join(conf, 'a'), 'user.note', Buffer.from('kept'));
  utimesSync(join(conf, 'a'), 1_000_000, 2_000_000);
  await store.ok('create', 'base', '--root', root);
});

/** What a template has at a path, as a clone's root shows it. */
async function shown(t: ExecutionContext, template: string): Promise<string> {
  const [clone] = await store.clone(template);
  t.teardown(() => store.ok('destroy', clone?.aid ?? ''));
  return clone?.root ?? '';
}

test.serial('a directory goes where none is, with owners, modes, times, attributes and links', async (t) => {
  await store.ok('cp', 'base', 'one');
  await store.ok('cp', conf, 'one:/srv/new/conf');
  const at = join(await shown(t, 'one'), 'srv/new/conf');
  const { uid, gid, mode, mtimeMs, ino, nlink } = statSync(join(at, 'a'));
  t.deepEqual([uid, gid, mode & 0o7777, mtimeMs, nlink], [1000, 1001, 0o640, 2_000_000_000, 2]);
  t.is(statSync(join(at, 'sub/b')).ino, ino);
  t.deepEqual(addon().xattrs(join(at, 'a')), [['user.note', Buffer.from('kept')]]);
});

test.serial('a file into a directory that is there; a directory over one, or into one with a slash', async (t) => {
  await store.ok('cp', 'base', 'two');
  await store.ok('cp', join(conf, 'a'), 'two:/etc');
  await store.ok('cp', conf, 'two:etc/app/');
  await store.ok('cp', conf, 'two:/etc/app');
  await store.ok('cp', `${conf}/.`, 'two:/closed');
  const at = await shown(t, 'two');
  t.deepEqual(readdirSync(join(at, 'etc')).sort(), ['a', 'absolute', 'app', 'away', 'elsewhere', 'ld.so.preload', 'linked']);
  t.deepEqual(readdirSync(join(at, 'etc/app')).sort(), ['a', 'conf', 'old', 'sub']);
  t.deepEqual(readdirSync(join(at, 'closed')).sort(), ['a', 'sub']);
  t.is(statSync(join(at, 'closed')).mode & 0o7777, 0o700, "it is the template's own directory still");
});

test.serial('directories on the way stay what they are, and links lead where the template has them lead', async (t) => {
  await store.ok('cp', 'base', 'three');
  for (const to of ['/closed/x', '/bin/x', '/etc/absolute/x', '/etc/elsewhere', '/../../up'])
    await store.ok('cp', join(conf, 'a'), `three:${to}`);
  await store.ok('cp', `${conf}/.`, 'three:/etc/linked');
  const at = await shown(t, 'three');
  t.is(lstatSync(join(at, 'etc/linked/sub/c')).size, 1, 'a link in the place of a file that is copied is replaced');
  const { mode, uid, gid } = statSync(join(at, 'closed'));
  t.deepEqual([mode & 0o7777, uid, gid], [0o700, 1234, 1235]);
  t.is(readlinkSync(join(at, 'bin')), 'usr/bin');
  for (const file of ['closed/x', 'usr/bin/x', 'etc/app/x', `${secret}/inside`, 'up'])
    t.is(readFileSync(join(at, file), 'utf8'), 'a', file);
  t.is(readFileSync(join(secret, 'inside'), 'utf8'), "the machine's own");
  t.is(readFileSync(join(await shown(t, 'base'), 'etc/app/old'), 'utf8'), 'old');
  t.false(existsSync(join(await shown(t, 'base'), 'closed/x')), 'the template that it was copied from');
});

test.serial('out again: nothing of the machine is taken for the template’s', async (t) => {
  const out = join(scratch, 'out');
  mkdirSync(out);
  await store.ok('cp', 'base:/etc/absolute/old', out);
  await store.ok('cp', 'base:/../etc/app', out);
  await store.ok('cp', 'base:etc/elsewhere', out);
  t.deepEqual(readdirSync(out).sort(), ['app', 'elsewhere', 'old']);
  t.is(readlinkSync(join(out, 'elsewhere')), `${secret}/inside`);
  const through = await store.appshot(['cp', 'base:/etc/away/inside', join(out, 'inside')]);
  t.is(through.code, 1);
  t.regex(through.stderr, /no such file or directory in the template/);
  t.is((await store.appshot(['ls', `base:${secret}/inside`])).code, 1);
  await store.ok('cp', 'base:/', join(scratch, 'whole'));
  mkdirSync(join(scratch, 'there'));
  await store.ok('cp', 'base:/', join(scratch, 'there'));
  for (const copy of ['whole', 'there']) {
    t.deepEqual(readdirSync(join(scratch, copy)).sort(), ['bin', 'closed', 'etc', 'usr']);
    execFileSync('diff', ['-r', '--no-dereference', join(scratch, copy), root]);
  }
  t.is((await store.ok('ls', '-q', 'base:/')).trim(), 'bin\nclosed\netc\nusr');
  t.is((await store.ok('ls', '-q', 'base:/etc/absolute/')).trim(), 'old');
});

test.serial('what fails changes nothing', async (t) => {
  const layers = (): string[] => readdirSync(join(store.home, 'data/layers')).sort();
  const before = layers();
  for (const [words, why] of [
    [[join(scratch, 'none'), 'base:/x'], /no such file/],
    [[join(conf, 'a'), 'base:/etc/app/old/below'], /\/etc\/app\/old\/below: [^\n]* in the template/],
    [[conf, 'base:/etc/app/old'], /cannot overwrite non-directory/],
    [['base:/etc', 'base:/x'], /one side must be/],
    [[conf, 'none:/x'], /no template none/],
  ] as const) {
    const { code, stderr } = await store.appshot(['cp', ...words]);
    t.is(code, 1 + Number(stderr.includes('one side')), words.join());
    t.regex(stderr, why);
  }
  t.deepEqual(layers(), before);
  t.deepEqual(readdirSync(join(store.home, 'run/mnt')), []);
});

test.serial('clones that were made ahead have it too; what processes have mapped stays', async (t) => {
  await store.run('tail', ['--wait-for', 'log:ready'], ['/bin/sh', '-c', 'echo ready; while :; do sleep 1; done']);
  await store.ok('commit', 'tail', 'warm', '--stop');
  for (let clones = 0; clones < 2; clones++) await store.clone('warm');
  await store.ok('cp', join(conf, 'a'), 'warm:/var/tmp/copied');
  for (let clones = 0; clones < 2; clones++) {
    const [clone] = await store.clone('warm');
    t.is(lstatSync(join(clone?.root ?? '', 'var/tmp/copied')).size, 1);
  }
  const libc = readFileSync(`/proc/${process.pid}/maps`, 'utf8').match(/\/\S+\/libc\.so\.6/)?.[0] ?? '';
  const refused = await store.appshot(['cp', join(conf, 'a'), `warm:${libc}`]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /processes of warm have \S*libc\.so\.6 mapped/);
  t.is((await store.clone('warm')).length, 1);
});
