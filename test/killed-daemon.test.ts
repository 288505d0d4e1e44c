/** What is under way on a template when another command comes, and what is left of it when its program is killed. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mountedAt } from '../src/mounted-at.ts';
import { eventually, TestStore, type Outcome } from './support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-killed-'));
const fifo = join(scratch, 'fifo');
const at = join(scratch, 'store');
const mounts = join(store.home, 'run/mnt');
test.after.always(async () => {
  await store.appshot(['umount', at]);
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

test.before(async () => {
  mkdirSync(join(scratch, 'root/etc'), { recursive: true });
  mkdirSync(at);
  writeFileSync(join(scratch, 'root/etc/large'), randomBytes(3 << 20));
  writeFileSync(join(scratch, 'root/etc/later'), 'later');
  execFileSync('mkfifo', [fifo]);
  await store.ok('create', 'base', '--root', join(scratch, 'root'));
});

/** The last program that wrote to a log of the store. */
function pidIn(log: string): number {
  return Number([...readFileSync(join(store.home, 'state', log), 'utf8').matchAll(/"pid":(\d+)/g)].at(-1)?.[1]);
}

/** Resolves once the export has its view and waits for a reader. */
async function exporting(): Promise<{ ended: Promise<Outcome> }> {
  const ended = store.appshot(['export', 'base', fifo, '--layer', 'oci']);
  await eventually(() => {
    if (readdirSync(mounts).length === 0) throw new Error('no view yet');
  });
  return { ended };
}

test.serial('who removes or renames what is being exported waits for the end of that', async (t) => {
  const { operations } = store;
  const changes = [
    ['base', () => operations.mv({ from: 'base', to: 'moved' })],
    ['moved', () => operations.rm({ templates: ['moved'] })],
  ] as const;
  for (const [index, [name, change]] of changes.entries()) {
    const archive = join(scratch, `archive-${index}`);
    const exported = store.appshot(['export', name, fifo]);
    const pipe = await open(fifo, 'r');
    const changed = change();
    await operations.ls({}); // it has come to the daemon by now
    await pipeline(pipe.createReadStream(), createWriteStream(archive));
    t.is((await exported).code, 0);
    await changed;
  }
  t.is(await store.ok('ls', '-q'), '');
  for (const index of changes.keys()) await store.ok('import', join(scratch, `archive-${index}`), `again-${index}`);
  await store.ok('mv', 'again-0', 'base');
});

test.serial('a killed daemon leaves no view of a template mounted', async (t) => {
  const { ended } = await exporting();
  process.kill(pidIn('daemon.log'), 'SIGKILL');
  t.is((await ended).code, 1);
  t.deepEqual(readdirSync(mounts).length, 1);
  await store.ok('ls');
  t.deepEqual(readdirSync(mounts), []);
  t.false(readFileSync('/proc/self/mountinfo', 'utf8').includes(mounts));
});

test.serial('what was being filled when the mount’s server was killed is whole', async (t) => {
  await store.ok('mount', at);
  mkdirSync(join(at, 'templates/half'));
  writeFileSync(join(at, 'templates/half/root/file'), 'written');
  process.kill(pidIn('store-mount.log'), 'SIGKILL');
  const [clone] = await store.clone('half');
  t.is(readFileSync(join(clone?.root ?? '', 'file'), 'utf8'), 'written');
  t.regex(await store.ok('inspect', 'half'), /"state": "sealed"/);
  await store.ok('destroy', clone?.aid ?? '');
});

test.serial('it is mounted again where a killed server has left a dead mount', async (t) => {
  await eventually(() => {
    if (mountedAt(at) !== null) throw new Error('still mounted');
  });
  await store.ok('mount', at);
  const server = pidIn('store-mount.log');
  // What would take the mount away.
  const helper = Number(readFileSync(`/proc/${server}/task/${server}/children`, 'latin1').trim());
  process.kill(helper, 'SIGKILL');
  process.kill(server, 'SIGKILL');
  await eventually(() => {
    if (existsSync(join(at, 'templates'))) throw new Error('still served');
  });
  t.not(mountedAt(at), null);
  await store.ok('mount', at);
  t.true(existsSync(join(at, 'templates')));
  await store.ok('umount', at);
});

test.serial('and when the daemon is killed with it', async (t) => {
  await store.ok('mount', at);
  mkdirSync(join(at, 'templates/other'));
  writeFileSync(join(at, 'templates/other/root/file'), 'written');
  process.kill(pidIn('daemon.log'), 'SIGKILL');
  process.kill(pidIn('store-mount.log'), 'SIGKILL');
  await eventually(async () => {
    await store.ok('daemon', '--stop');
    t.regex(await store.ok('inspect', 'other'), /"state": "sealed"/);
  });
});

test.serial('a clone waits for the template that is being filled', async (t) => {
  await store.ok('mount', at);
  mkdirSync(join(at, 'templates/filled'));
  writeFileSync(join(at, 'templates/filled/root/file'), 'written');
  await store.ok('clone', 'filled', '--aid', 'early');
  t.regex(await store.ok('inspect', 'filled'), /"state": "sealed"/);
  const error = t.throws<NodeJS.ErrnoException>(() => {
    writeFileSync(join(at, 'templates/filled/root/late'), '');
  });
  t.is(error.code, 'EROFS');
  await store.ok('destroy', 'early');
});
