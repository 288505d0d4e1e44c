import test from 'ava';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { getJson } from '../support/http.ts';
import { eventually, TestStore } from '../support/store.ts';
import { UserStore } from './user-store.ts';

interface Answer {
  aid: string;
  pid: number;
  requests: number;
  visits: string[];
}
interface DoctorLine {
  check: string;
  ok: boolean;
  remedy: string | null;
}

const store = await UserStore.open();
test.after.always(() => store.close());

const server = join(projectRoot, 'examples/warm-server.mjs');

test.serial('doctor: what every instance needs is there for a user, and what root has beyond it is told', async (t) => {
  const { code, stdout } = await store.appshot(['doctor', '--json']);
  const rows = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DoctorLine)
      .map((row) => [row.check, row]),
  );
  t.is(code, 0, stdout);
  for (const check of ['/dev/fuse', 'fusermount3', 'user namespace', 'own /proc', 'ptrace', 'set_tid']) t.true(rows.get(check)?.ok, check);
  for (const check of ['FUSE passthrough', 'CAP_SYS_ADMIN']) t.regex(rows.get(check)?.remedy ?? '', /root/, check);
});

test.serial('run: the same user inside as outside, and no right more', async (t) => {
  const started = await store.run(
    'web',
    ['--wait-for', 'log:listening', '-e', `DEMO_HOME=${store.scratch}/demo`],
    [process.execPath, server],
  );
  // Its port is known as soon as it is bound: the daemon reads the very table that the application writes.
  t.is((await getJson<Answer>(await store.address('web', 8080))).aid, 'web');
  const [ids, capabilities] = (
    await store.ok('exec', 'web', '--', 'sh', '-c', 'id -u; id -g; grep -h Cap /proc/self/status /proc/2/status')
  ).split(/\n(?=CapInh)/);
  t.is(ids, `${store.uid}\n${store.uid}`);
  for (const [, value] of (capabilities ?? '').matchAll(/^Cap(?:Inh|Prm|Eff|Amb):\s+(\w+)$/gm)) t.is(value, '0000000000000000');
  t.true(started.root.startsWith(store.home));
});

test.serial('what the user may not do outside, the application may not do inside', async (t) => {
  const attempts = [
    'echo x > /etc/appshot-test',
    'echo x > /appshot-test',
    'cat /etc/shadow',
    'mkdir /home/appshot-test',
    'chown 0 /tmp',
    'mount -t tmpfs x /mnt',
  ];
  for (const attempt of attempts) t.not((await store.appshot(['exec', 'web', '--', 'sh', '-c', attempt])).code, 0, attempt);
});

test.serial('files: an instance writes into its own layer, whatever the modes, and the host has none of it', async (t) => {
  const script = `set -e; cd ${store.scratch}; echo one > plain; (umask 0777; echo two > closed); mkdir -p deep/er; echo x > deep/er/file;
    chmod 0555 deep/er; echo y >> deep/er/file; mv deep moved; ln plain linked; ln -s plain soft; : > gone; rm gone; rm -rf nothing
    cat plain; stat -c '%a %u %s' closed; cat moved/er/file; stat -c %h linked; stat -c '%a' /tmp`;
  const printed = await store.ok('exec', 'web', '--', 'sh', '-c', script);
  t.is(printed, `one\n0 ${store.uid} 4\nx\ny\n2\n1777\n`);
  for (const name of ['plain', 'closed', 'moved', 'linked']) t.false(existsSync(join(store.scratch, name)), name);
});

test.serial('commit, two clones, and each is itself', async (t) => {
  const before = await getJson<Answer>(await store.address('web', 8080));
  await store.ok('commit', 'web', 'warm');
  const clones = await store.clone('warm', '-n', '2');
  t.deepEqual(
    clones.map(({ aid }) => aid),
    ['warm-1', 'warm-2'],
  );
  for (const { aid } of clones) {
    const own = await getJson<Answer>(await store.address(aid, 8080), `/note?text=only-${aid}`);
    t.is(own.aid, aid);
    t.is(own.pid, before.pid, 'the virtual pid is what it was');
    t.deepEqual(own.visits, ['warmed once', `only-${aid}`]);
    await store.ok('exec', aid, '--', 'sh', '-c', `echo ${aid} >> ${store.scratch}/plain`);
  }
  for (const { aid } of clones) t.is(await store.ok('exec', aid, '--', 'cat', join(store.scratch, 'plain')), `one\n${aid}\n`);
  t.is(await store.ok('exec', 'web', '--', 'cat', join(store.scratch, 'plain')), 'one\n');
  t.is(
    await store.ok('exec', 'warm-1', '--', 'stat', '-c', '%a %h', join(store.scratch, 'moved/er'), join(store.scratch, 'linked')),
    '555 2\n644 2\n',
  );
  t.deepEqual((await getJson<Answer>(await store.address('web', 8080))).visits, ['warmed once']);
  const status = await store.ok('exec', 'warm-1', '--', 'grep', '-h', 'Cap[EPA]', '/proc/2/status');
  for (const line of status.trim().split('\n')) t.regex(line, /\t0{16}$/, 'a clone has no right more either');
});

test.serial('a clone is committed again, put away and brought back', async (t) => {
  await store.ok('commit', 'warm-1', 'again');
  await store.clone('again');
  t.deepEqual((await getJson<Answer>(await store.address('again-1', 8080))).visits, ['warmed once', 'only-warm-1']);
  t.notRegex(await store.ok('exec', 'again-1', '--', 'cat', '/proc/2/maps'), /\(deleted\)/, 'files are mapped, not copies of them');
  await store.ok('snapshot', 'warm-2');
  await store.ok('restore', 'warm-2');
  t.deepEqual((await getJson<Answer>(await store.address('warm-2', 8080))).visits, ['warmed once', 'only-warm-2']);
});

test.serial('a template of files alone: exec and run in its root', async (t) => {
  await store.ok('create', 'files');
  await store.ok('clone', 'files', '--aid', 'box');
  t.is(
    await store.ok('exec', 'box', '--', 'sh', '-c', 'id -u; echo $$; grep CapEff /proc/self/status'),
    `${store.uid}\n2\nCapEff:\t0000000000000000\n`,
  );
  await store.ok('destroy', 'box');
  await store.ok('rm', 'files');
});

test.serial('an archive goes to another store of the user, layers go to other tools, and root refuses the former in words', async (t) => {
  const file = join(store.scratch, 'again.appshot'),
    oci = join(store.scratch, 'again.tar');
  await store.ok('export', 'again', file);
  await store.ok('import', file, 'back');
  await store.clone('back');
  t.deepEqual((await getJson<Answer>(await store.address('back-1', 8080))).visits, ['warmed once', 'only-warm-1']);
  await store.ok('destroy', 'back-1');
  await store.ok('rm', 'back');
  await store.ok('export', 'again', oci, '--layer', 'oci');
  if (process.getuid?.() !== 0) return;
  const other = new TestStore();
  const refused = await other.appshot(['import', file]);
  await other.close();
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^appshot: import [^\n]*its layers were made by a user, and this store is root's; [^\n]*\n$/);
});

test.serial('ids, ps, logs, stop, kill', async (t) => {
  const rows = await store.json<{ type: string; virtual: number; system: number | string }>('ids', 'warm-1');
  t.true(rows.some((row) => row.type === 'pid' && row.virtual === 2));
  t.true((await store.json<{ aid: string; memory: number }>('ps')).every((row) => row.memory > 0));
  t.is(typeof (await store.ok('logs', 'web')), 'string');
  await store.ok('stop', 'warm-1');
  await store.ok('kill', 'warm-2');
  await eventually(async () => {
    const running = await store.json<{ aid: string; state: string }>('ps');
    if (running.some(({ aid }) => aid === 'warm-1' || aid === 'warm-2')) throw new Error('they still run');
  });
  t.pass();
});

test.serial('destroyed: no process, no mount, no file stays', async (t) => {
  const aids = (await store.ok('ps', '-a', '-q')).trim().split('\n');
  await store.ok('destroy', ...aids);
  for (const name of ['again', 'warm']) await store.ok('rm', name);
  t.deepEqual(await store.mounts(), []);
  t.is(
    (
      await store.shell(`ls -A ${store.home}/data/layers ${store.home}/data/images ${store.home}/state/instances ${store.home}/run/mnt`)
    ).stdout
      .replace(/^\/.*:$/gm, '')
      .trim(),
    '',
  );
  await eventually(() => {
    const left = store.processes().filter((words) => !/appshotd|appshot-(view|forge|keeper)/.test(words));
    if (left.length > 0) throw new Error(left.join('; '));
  });
});
