/** A person unmounts by hand what a store has mounted: it is mounted again when it is needed, and nothing of it is left. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byKey, ControlLine } from '../../native/control.ts';
import { eventually, TestStore } from '../support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-unmounted-'));
const at = join(scratch, 'store');
const mounts = join(store.home, 'run/mnt');

test.before(async () => {
  mkdirSync(join(scratch, 'root'));
  mkdirSync(at);
  writeFileSync(join(scratch, 'root/motd'), 'hello\n');
  await store.ok('create', 'files', '--root', join(scratch, 'root'));
  await store.ok('create', 'host');
  await store.ok('mount', at);
});
test.after.always(async () => {
  await store.appshot(['umount', at]);
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

const unmount = (path: string): void => {
  execFileSync('umount', ['-l', path]);
};
const isServed = (path: string): boolean => {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
};
/** The views that the server has, as it says. */
async function views(verb: 'list' | 'stat', aid = ''): Promise<string[]> {
  const line = await ControlLine.connect(join(store.home, 'run/view.sock'));
  try {
    const answer = byKey(await line.request(verb, aid === '' ? [] : [`aid=${aid}`]));
    return answer.get(verb === 'list' ? 'aid' : 'mounted') ?? [];
  } finally {
    line.close();
  }
}
const letGo = (aid: string): Promise<void> =>
  eventually(async () => {
    const known = await views('stat', aid).then(
      () => true,
      () => false,
    );
    if (known) throw new Error(`the server still has ${aid}`);
  });

test.serial('a template in the mounted store', async (t) => {
  const motd = join(at, 'templates/files/root/motd');
  // Looked at by programs: the test must not wait in its own thread for a mount that may have nobody behind it.
  const read = (): string => execFileSync('cat', [motd], { encoding: 'utf8', timeout: 60_000 });
  t.is(read(), 'hello\n');
  const [view = ''] = readdirSync(mounts).filter((name) => name.startsWith('store-view.'));
  unmount(join(mounts, view));
  t.is(read(), 'hello\n');
  await eventually(() => {
    if (existsSync(join(mounts, view))) throw new Error('its directory is there');
  });
  await letGo(view);
});

test.serial('the mounted store itself', async (t) => {
  unmount(at);
  await eventually(() => {
    if (readdirSync(mounts).length > 0) throw new Error('views are left');
  });
  const again = await store.appshot(['umount', at]);
  t.is(again.code, 1);
  t.is(again.stderr, `appshot: umount ${at}: this store is not mounted there\n`);
  await store.ok('mount', at);
  t.deepEqual(readdirSync(at).sort(), ['instances', 'templates']);
  await store.ok('umount', at);
});

test.serial('the root of an instance without processes', async (t) => {
  await store.ok('clone', 'files', '--aid', 'quiet');
  const root = join(mounts, 'quiet');
  writeFileSync(join(root, 'own'), 'mine\n');
  unmount(root);
  t.false((await views('list')).includes('quiet'));
  await letGo('quiet');
  t.deepEqual(readdirSync(root), []);
  t.is(await store.ok('diff', 'files', 'quiet'), 'A /own\n');
  t.is(readFileSync(join(root, 'own'), 'utf8'), 'mine\n', 'what it had written is there');
  unmount(root);
  await store.ok('inspect', 'quiet');
  t.is(readFileSync(join(root, 'motd'), 'utf8'), 'hello\n');
  unmount(root);
  await store.ok('destroy', 'quiet');
  t.false(existsSync(root));
});

test.serial('exec and run in a root that was unmounted', async (t) => {
  await store.ok('clone', 'host', '--aid', 'shell');
  const root = join(mounts, 'shell');
  unmount(root);
  t.is(await store.ok('exec', 'shell', '--', 'echo', 'here'), 'here\n');
  unmount(root);
  t.is(await store.ok('run', '--aid', 'shell', '--', 'echo', 'there'), 'there\n');
  unmount(root);
  await store.ok('destroy', 'shell');
  t.false(existsSync(root), 'nothing was written beside the view');
});

test.serial('the root of a running instance: processes go on, and it is put back as it was', async (t) => {
  await store.run('busy', [], ['sh', '-c', 'echo one >/var/tmp/appshot-note; while : </var/tmp/appshot-note; do sleep 0.05; done']);
  const root = join(mounts, 'busy');
  unmount(root);
  t.false((await views('list')).includes('busy'));
  t.is(await store.ok('exec', 'busy', '--', 'cat', '/var/tmp/appshot-note'), 'one\n');
  await store.ok('inspect', 'busy');
  t.is(readFileSync(join(root, 'var/tmp/appshot-note'), 'utf8'), 'one\n');
  await store.ok('exec', 'busy', '--', 'sh', '-c', 'echo two >/var/tmp/appshot-note');
  t.is(readFileSync(join(root, 'var/tmp/appshot-note'), 'utf8'), 'two\n', 'it is the same view');
  unmount(root);
  await store.ok('snapshot', 'busy');
  await store.ok('restore', 'busy');
  t.is(readFileSync(join(root, 'var/tmp/appshot-note'), 'utf8'), 'two\n');
  unmount(root);
  await store.ok('destroy', 'busy');
  t.false(existsSync(root));
  await letGo('busy');
});

test.serial('what a person has mounted in its place stays', async (t) => {
  await store.ok('clone', 'files', '--aid', 'other');
  const root = join(mounts, 'other');
  unmount(root);
  execFileSync('mount', ['-t', 'tmpfs', 'appshot-test', root]);
  try {
    writeFileSync(join(root, 'theirs'), '');
    await store.ok('destroy', 'other');
    t.deepEqual(readdirSync(root), ['theirs']);
  } finally {
    execFileSync('umount', [root]);
    rmSync(root, { recursive: true, force: true });
  }
});

test.serial('what a person has mounted in its place stays also when a daemon starts, below the view', async (t) => {
  await store.ok('clone', 'files', '--aid', 'covered');
  const root = join(mounts, 'covered');
  writeFileSync(join(root, 'own'), 'mine\n');
  unmount(root);
  execFileSync('mount', ['-t', 'tmpfs', 'appshot-test', root]);
  try {
    writeFileSync(join(root, 'theirs'), '');
    await store.ok('daemon', '--stop');
    t.is(await store.ok('diff', 'files', 'covered'), 'A /own\n');
    t.is(readFileSync(join(root, 'own'), 'utf8'), 'mine\n');
    await store.ok('destroy', 'covered');
    t.deepEqual(readdirSync(root), ['theirs']);
  } finally {
    execFileSync('umount', [root]);
    rmSync(root, { recursive: true, force: true });
  }
});

test.serial('a root that nobody serves any more, for both its server and its keeper were killed', async (t) => {
  await store.ok('clone', 'files', '--aid', 'orphan');
  const root = join(mounts, 'orphan');
  writeFileSync(join(root, 'own'), 'mine\n');
  for (const start of ['at once', 'by a daemon that starts']) {
    const server = Number(readFileSync(join(store.home, 'run/view.sock.pid'), 'latin1'));
    const keeper = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, 'latin1'))?.[1]);
    process.kill(keeper, 'SIGSTOP'); // so that it starts no other
    process.kill(server, 'SIGKILL');
    process.kill(keeper, 'SIGKILL');
    await eventually(() => {
      if (isServed(root)) throw new Error('it is served');
    });
    if (start !== 'at once') await store.ok('daemon', '--stop');
    t.is(await store.ok('diff', 'files', 'orphan'), 'A /own\n', start);
    t.is(readFileSync(join(root, 'own'), 'utf8'), 'mine\n');
  }
  await store.ok('destroy', 'orphan');
  t.false(existsSync(root));
});
