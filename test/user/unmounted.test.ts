/** A user unmounts by hand what their store has mounted. */
import test from 'ava';
import { join } from 'node:path';
import { eventually } from '../support/store.ts';
import { UserStore } from './user-store.ts';

const store = await UserStore.open();
test.after.always(() => store.close());

const rootOf = (aid: string): string => join(store.home, 'run/mnt', aid);
async function shell(script: string): Promise<string> {
  const { code, stdout, stderr } = await store.shell(script);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}
const unmount = (path: string): Promise<string> => shell(`fusermount3 -u -z -- '${path}'`);

test.before(async () => {
  await shell(`mkdir '${store.scratch}/root' && echo hello >'${store.scratch}/root/motd'`);
  await store.ok('create', 'files', '--root', join(store.scratch, 'root'));
  await store.ok('create', 'host');
});

test.serial('the root of an instance without processes', async (t) => {
  await store.ok('clone', 'files', '--aid', 'quiet');
  const root = rootOf('quiet');
  await shell(`echo mine >'${root}/own'`);
  await unmount(root);
  t.is(await shell(`ls -A '${root}'`), '');
  t.is(await store.ok('diff', 'files', 'quiet'), 'A /own\n');
  t.is(await shell(`cat '${root}/own'`), 'mine\n');
  await unmount(root);
  await store.ok('daemon', '--stop');
  await store.ok('inspect', 'quiet');
  t.is(await shell(`cat '${root}/motd'`), 'hello\n');
  await unmount(root);
  await store.ok('destroy', 'quiet');
  t.deepEqual(await store.mounts(), []);
  t.is(await shell(`ls -A '${store.home}/run/mnt'`), '');
});

test.serial('exec and run in a root that was unmounted', async (t) => {
  await store.ok('clone', 'host', '--aid', 'shell');
  await unmount(rootOf('shell'));
  t.is(await store.ok('exec', 'shell', '--', 'echo', 'here'), 'here\n');
  await eventually(async () => {
    await unmount(rootOf('shell'));
    t.is(await store.ok('run', '--aid', 'shell', '--', 'echo', 'there'), 'there\n');
  });
  await store.ok('destroy', 'shell');
  t.deepEqual(await store.mounts(), []);
});

test.serial('the root of a running instance: it goes on, and what it has is refused in words until it is put back', async (t) => {
  await store.run('busy', [], ['sh', '-c', `cd '${store.scratch}'; echo one >note; while sleep 0.05; do echo on >>note; done`]);
  await unmount(rootOf('busy'));
  t.regex(await store.ok('exec', 'busy', '--', 'cat', join(store.scratch, 'note')), /^one\n(on\n)*$/);
  const asked = await store.appshot(['inspect', 'busy']);
  t.true(asked.code === 0 || /somebody unmounted it, and processes are still in it/.test(asked.stderr), asked.stderr);
  t.true((await store.shell(`test -e '${store.scratch}/note'`)).code !== 0, 'nothing was written outside');
  await store.ok('destroy', 'busy');
  t.deepEqual(await store.mounts(), []);
});

test.serial('a root that nobody serves any more', async (t) => {
  await store.ok('clone', 'files', '--aid', 'orphan');
  const root = rootOf('orphan');
  await shell(`echo mine >'${root}/own'`);
  await shell(
    `server=$(cat '${store.home}/run/view.sock.pid'); keeper=$(ps -o ppid= -p $server); kill -STOP $keeper; kill -KILL $server $keeper`,
  );
  await eventually(async () => {
    if ((await store.shell(`ls '${root}'`)).code === 0) throw new Error('it is served');
  });
  t.is(await store.ok('diff', 'files', 'orphan'), 'A /own\n');
  t.is(await shell(`cat '${root}/own'`), 'mine\n');
  await store.ok('destroy', 'orphan');
  t.deepEqual(await store.mounts(), []);
});
