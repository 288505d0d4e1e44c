import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { endStore } from './support/end-store.ts';
import { get } from './support/http.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-homes-'));
const homes: string[] = [];
test.after.always(async () => {
  for (const home of homes) endStore(home); // their view servers and forges outlive their daemons
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

const server = ['python3', '-m', 'http.server', '--directory', '/usr', '8090'];

function made(...names: [string, ...string[]]): string {
  const home = join(...names);
  mkdirSync(home);
  homes.push(home);
  return home;
}

/** All that an instance can go through, in the store that `APPSHOT_HOME=home` means in `cwd`. */
async function throughAll(t: ExecutionContext, home: string, aid: string, cwd = '/'): Promise<void> {
  const ok = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await store.appshot(words, { env: { APPSHOT_HOME: home }, cwd });
    t.is(code, 0, `${words.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  await ok('run', '-d', '--aid', aid, '--wait-for', 'port:8090', '--', ...server);
  await ok('commit', aid, 'warm');
  await ok('clone', 'warm', '--aid', `${aid.slice(0, -1)}2`);
  await ok('snapshot', aid);
  t.is(await ok('ps', '-a', '--json').then((text) => text.split('\n').filter((line) => line.includes('"suspended"')).length), 1);
  await ok('restore', aid);
  for (const address of (await ok('ports', '-q')).split('\n')) t.regex(await get(address), /bin/);
  await ok('destroy', ...(await ok('ps', '-aq')).split('\n'));
  await ok('rm', 'warm');
  await ok('daemon', '--stop');
}

test.serial('names with blanks, signs and letters of any kind', async (t) => {
  const home = made(store.home, "a b 'ü' %41 = \\ 日本");
  await throughAll(t, home, 'web');
});

test.serial('a relative path means what it does for who typed it, from wherever it is typed', async (t) => {
  const home = made(store.home, 'relative');
  await throughAll(t, './relative', 'web', store.home);
  t.deepEqual(readdirSync(home).sort(), ['data', 'run', 'state']);
  await throughAll(t, relative('/usr', home), 'web', '/usr');
  await throughAll(t, '.', 'web', home);
  t.false(existsSync('/relative'), "nor is it one in the daemon's own directory");
});

const root = process.getuid?.() === 0 ? test.serial : test.serial.skip; // it mounts
root('a store on overlayfs, as in a container that has no other disk', async (t) => {
  for (const name of ['lower', 'upper', 'work', 'overlay']) mkdirSync(join(scratch, name));
  const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${join(scratch, name)}`).join(',');
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, join(scratch, 'overlay')]);
  t.teardown(() => {
    execFileSync('umount', ['--lazy', join(scratch, 'overlay')]);
  });
  const home = made(scratch, 'overlay', 'home');
  await throughAll(t, home, 'web');
  const env = { APPSHOT_HOME: home };
  t.regex((await store.appshot(['doctor'], { env })).stdout, /^ok +store .* on overlayfs: /m);
  const script =
    'rm /etc/hostname && mv /etc/skel /etc/skel2 && mv /etc/group /etc/passwd && ls -d /etc/skel /etc/skel2 /etc/hostname /etc/group';
  const { stdout } = await store.appshot(['run', '--rm', '--', 'sh', '-c', script], { env });
  t.is(stdout, '/etc/skel2\n');
  await store.appshot(['daemon', '--stop'], { env });
});

test.serial('names as long as they may be', async (t) => {
  const run = '/run/daemon.sock';
  const home = made(store.home, 'x'.repeat(107 - run.length - store.home.length - 1));
  t.is(`${home}${run}`.length, 107);
  await throughAll(t, home, 'a'.repeat(63));
  t.deepEqual(
    readdirSync(join(home, 'run')).filter((name) => name.startsWith('k')),
    [],
  );
});

test.serial('a store behind a symbolic link is hidden from its instances as any other', async (t) => {
  const home = made(scratch, 'real');
  const link = join(scratch, 'link');
  symlinkSync(home, link);
  await throughAll(t, link, 'web');
  const env = { APPSHOT_HOME: link };
  t.is(
    (await store.appshot(['run', '--rm', '--', 'ls', '-A', join(home, 'data'), join(home, 'run')], { env })).stdout.trim(),
    `${home}/data:\n\n${home}/run:`,
  );
  t.is((await store.appshot(['daemon', '--stop'], { env })).code, 0);
});
