import test from 'ava';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, TestStore, type Outcome } from '../support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync(join(tmpdir(), 'appshot-mounted-'));
const at = join(scratch, 'store');

test.before(async () => {
  const root = join(scratch, 'root');
  mkdirSync(join(root, 'etc/sub'), { recursive: true });
  mkdirSync(at);
  writeFileSync(join(root, 'etc/motd'), 'hello from the layer\n');
  writeFileSync(join(root, 'etc/sub/large'), Buffer.alloc(3_000_000, 'abc'));
  symlinkSync('/data/<APPL-ID>/own', join(root, 'etc/dynamic'));
  writeFileSync(join(scratch, 'rules'), 'SET ENV "COLOUR" = "blue"\n');
  await store.ok('create', 'base', '--root', root, '--rules', join(scratch, 'rules'));
  await store.ok('mount', at);
});
test.after.always(async () => {
  await store.appshot(['umount', at]);
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** A real tool, as a person would call it. It must not be waited for in this thread's place: tests go on. */
const tool = (command: string, ...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd: at, encoding: 'utf8', timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
    });
  });
const shell = (line: string): Promise<Outcome> => tool('bash', '-c', line);

test.serial('ls, cat, find, grep, tar, diff -r and cp -r', async (t) => {
  t.is((await shell('ls templates instances')).stdout, 'instances:\n\ntemplates:\nbase\n');
  t.is((await shell('ls templates/base')).stdout, 'info.json\nresources\nroot\nrules\n');
  t.is((await shell('cat templates/base/root/etc/motd')).stdout, 'hello from the layer\n');
  t.is((await shell('readlink templates/base/root/etc/dynamic')).stdout, '/data/<APPL-ID>/own\n', 'links are shown unresolved');
  t.is((await shell('find templates/base/root | sort')).stdout.split('\n').length, 7);
  t.is((await shell('grep -rl "from the layer" templates')).stdout, 'templates/base/root/etc/motd\n');
  t.is((await shell('tar c templates/base/root | tar t | wc -l')).stdout.trim(), '6');
  t.is((await tool('diff', '-r', '--no-dereference', 'templates/base/root', join(scratch, 'root'))).code, 0);
  t.is((await tool('cp', '-r', 'templates/base/root', join(scratch, 'out'))).code, 0);
  t.is((await tool('diff', '-r', '--no-dereference', join(scratch, 'out'), join(scratch, 'root'))).code, 0);
  t.is((JSON.parse((await shell('cat templates/base/info.json')).stdout) as { name: string }).name, 'base');
});

test.serial('rules are edited as a file, and refused at close with the place of the mistake', async (t) => {
  t.is((await shell('cat templates/base/rules')).stdout, 'SET ENV "COLOUR" = "blue"\n');
  t.is((await shell('sed -i s/blue/red/ templates/base/rules')).code, 0);
  t.is((await shell('cat templates/base/rules')).stdout, 'SET ENV "COLOUR" = "red"\n');
  t.regex(await store.ok('inspect', 'base'), /COLOUR.*red/);
  writeFileSync(join(scratch, 'bad'), 'SET ENV "X" = "1"\nNONSENSE\n');
  const refused = await tool('cp', join(scratch, 'bad'), 'templates/base/rules');
  t.is(refused.code, 1);
  t.regex(refused.stderr, /Invalid argument/);
  t.regex((await shell('cat templates/base/rules.error')).stdout, /^rules:2:1: /);
  t.is((await shell('cat templates/base/rules')).stdout, 'SET ENV "COLOUR" = "red"\n');
  t.is((await shell('echo \'SET ENV "COLOUR" = "green"\' > templates/base/rules')).code, 0);
  t.is((await shell('ls templates/base')).stdout, 'info.json\nresources\nroot\nrules\n');
});

test.serial('mkdir, cp -r, mv and rm -r manage templates', async (t) => {
  t.is((await shell('mkdir templates/new && tar c -C templates/base/root etc | tar x -C templates/new/root')).code, 0);
  t.is((await shell('cp -r templates/base templates/copy')).code, 0);
  await eventually(async () => {
    for (const name of ['new', 'copy'])
      if (!(await store.ok('inspect', name)).includes('"sealed"')) throw new Error(`${name} is still open`);
  });
  t.is((await tool('diff', '-r', '--no-dereference', 'templates/copy/root', 'templates/base/root')).code, 0);
  t.is((await tool('diff', '-r', '--no-dereference', 'templates/new/root', 'templates/base/root')).code, 0);
  t.is((await shell('cat templates/copy/rules')).stdout, 'SET ENV "COLOUR" = "green"\n');
  t.regex((await shell('touch templates/copy/root/x')).stderr, /Read-only/);
  t.is((await shell('mv templates/copy templates/moved')).code, 0);
  t.is((await store.ok('ls', '-q')).trim(), 'base\nmoved\nnew');
  t.regex((await shell('mv templates/moved templates/base/x')).stderr, /templates/);
  t.is((await shell('rm -r templates/moved templates/new')).code, 0);
  t.is((await store.ok('ls', '-q')).trim(), 'base');
  t.regex((await shell('mkdir "templates/No Name"')).stderr, /Invalid argument/);
});

test.serial('what an instance stands on stays', async (t) => {
  await store.clone('base', '--aid', 'one');
  const refused = await shell('rm -r templates/base');
  t.is(refused.code, 1);
  t.regex(refused.stderr, /Device or resource busy/);
  t.is((await store.ok('ls', '-q')).trim(), 'base');
  t.is((await shell('cat instances/one/root/etc/motd')).stdout, 'hello from the layer\n');
  t.is((await shell('readlink instances/one/root/etc/dynamic')).stdout, '/data/one/own\n');
  t.is((JSON.parse((await shell('cat instances/one/status.json')).stdout) as { aid: string }).aid, 'one');
  t.is((await shell('cat instances/one/tables')).stdout, await store.ok('ids', 'one', '--json'));
  await store.ok('destroy', 'one');
});

test.serial('a store on the live root does not show itself within itself', async (t) => {
  await store.ok('create', 'host');
  const inside = join('templates/host/root', at);
  t.deepEqual(await shell(`ls ${inside}`), { code: 0, stdout: '', stderr: '' });
  t.is((await shell('cmp templates/host/root/etc/passwd /etc/passwd')).code, 0);
  t.is((await shell('rm -r templates/host')).code, 0, 'and is removed without a walk through all of it');
});

const mounted = (): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${at} `);

test.serial('no end of a process leaves a dead mount', async (t) => {
  const pid = (): number =>
    Number([...readFileSync(join(store.home, 'state/store-mount.log'), 'utf8').matchAll(/"pid":(\d+)/g)].at(-1)?.[1]);
  t.true(mounted());
  process.kill(pid(), 'SIGKILL');
  await eventually(() => {
    if (mounted()) throw new Error('still mounted');
  });
  t.deepEqual(readdirSync(at), []);
  await store.ok('mount', at);
  t.is((await shell('cat templates/base/root/etc/motd')).stdout, 'hello from the layer\n');
  await store.ok('daemon', '--stop');
  t.is((await shell('ls templates')).stdout, 'base\n', 'a daemon that is gone is started again');
  t.is((await store.appshot(['mount', at])).code, 1);
  await store.ok('umount', at);
  t.false(mounted());
  t.is((await store.appshot(['umount', at])).code, 1);
  const old = pid();
  await eventually(() => {
    if (existsSync(`/proc/${old}`)) throw new Error('its server still runs');
  });
  rmdirSync(at);
  mkdirSync(at);
});

test.serial('it ends with the store', async (t) => {
  const other = new TestStore();
  await other.ok('create', 'a', '--root', join(scratch, 'root'));
  await other.ok('mount', at);
  t.true(mounted());
  await other.close();
  await eventually(() => {
    if (mounted()) throw new Error('still mounted');
  });
  t.deepEqual(readdirSync(at), []);
});
