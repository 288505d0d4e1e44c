import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { get } from './support/http.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

interface Template {
  name: string;
  kind: string;
}

test.serial('templates of files: create, ls, cp, mv, rm', async (t) => {
  const tree = join(store.home, 'tree');
  mkdirSync(join(tree, 'etc'), { recursive: true });
  writeFileSync(join(tree, 'etc/config'), 'as made');
  symlinkSync('/usr/app/<APPL-ID>/config', join(tree, 'link'));
  await store.ok('create', 'files', '--root', tree);
  writeFileSync(join(tree, 'etc/config'), 'changed afterwards');
  t.regex(await store.ok('ls', 'files:/etc'), /config/);
  t.regex(await store.ok('ls', 'files:/'), /<APPL-ID>/, 'links are seen unresolved in the template');
  await store.ok('cp', 'files', 'copy');
  await store.ok('mv', 'copy', 'moved');
  t.deepEqual(
    (await store.json<Template>('ls')).map((row) => [row.name, row.kind]),
    [
      ['files', 'root'],
      ['moved', 'root'],
    ],
  );
  await store.ok('cp', 'moved:/etc/config', join(store.home, 'out'));
  t.is(readFileSync(join(store.home, 'out'), 'utf8'), 'as made');
  writeFileSync(join(store.home, 'in'), 'copied in');
  await store.ok('cp', join(store.home, 'in'), 'moved:/etc/config');
  t.is((await store.ok('diff', 'files', 'moved')).trim(), 'M /etc/config');
  t.is((await store.ok('diff', 'moved')).trim(), 'M /etc/config', 'of one alone: against its lowest layer');
  t.is(await store.ok('diff', 'files'), '');
  await store.ok('rm', 'files', 'moved');
  t.is((await store.ok('ls', '-q')).trim(), '');
});

test.serial('names that are no text are listed and compared as any other', async (t) => {
  await store.run('bytes', ['-w', '/var/tmp'], ['sleep', '1000']);
  await store.ok('exec', 'bytes', '--', 'bash', '-c', "mkdir n && cd n && touch ok $'caf\\xe9' && ln -s $'\\xff' $'l\\xe9nk'");
  const rows = ['A /var/tmp/n', 'A /var/tmp/n/caf\uFFFD', 'A /var/tmp/n/l\uFFFDnk', 'A /var/tmp/n/ok'];
  t.deepEqual(
    (await store.ok('diff', 'bytes'))
      .trim()
      .split('\n')
      .filter((row) => row.includes('/n')),
    rows,
  );
  await store.ok('commit', 'bytes', 'first');
  t.deepEqual(
    (await store.json<{ name: string; type: string }>('ls', 'first:/var/tmp/n')).map(({ name, type }) => [name, type]),
    [
      ['caf\uFFFD', 'file'],
      ['l\uFFFDnk', 'link'],
      ['ok', 'file'],
    ],
  );
  await store.ok('exec', 'bytes', '--', 'bash', '-c', "cd n && echo more > $'caf\\xe9' && rm $'l\\xe9nk'");
  await store.ok('commit', 'bytes', 'second');
  t.deepEqual((await store.ok('diff', 'first', 'second')).trim().split('\n'), ['M /var/tmp/n/caf\uFFFD', 'D /var/tmp/n/l\uFFFDnk']);
  await store.ok('destroy', 'bytes');
  await store.ok('rm', 'first', 'second');
});

test.serial('diff of two templates: what layers of their own say, also of directories that were made anew or renamed', async (t) => {
  await store.run('maker', ['-w', '/var/tmp'], ['sleep', '1000']);
  const inside = (script: string): Promise<string> => store.ok('exec', 'maker', '--', 'sh', '-c', `cd /var/tmp && ${script}`);
  await inside('mkdir -p tree/deep tree/moved tree/same && cd tree && touch a gone deep/x deep/y moved/z same/s');
  await store.ok('commit', 'maker', 'first');
  await inside(
    'cd tree && echo changed > a && rm -r gone deep && mkdir deep && touch deep/y deep/new && mv moved elsewhere && touch same/t',
  );
  await store.ok('commit', 'maker', 'second');
  const rows = async (...names: string[]): Promise<string[]> =>
    (await store.ok('diff', ...names))
      .trim()
      .split('\n')
      .map((line) => line.replace('/var/tmp/tree/', ''));
  t.deepEqual(await rows('first', 'second'), ['M a', 'A deep/new', 'D deep/x', 'A elsewhere', 'D gone', 'D moved', 'A same/t']);
  t.deepEqual(await rows('second', 'first'), ['M a', 'D deep/new', 'A deep/x', 'D elsewhere', 'A gone', 'A moved', 'D same/t']);
  t.deepEqual(await rows('second', 'second'), ['']);
  t.true((await rows('second')).includes('A /var/tmp/tree'));
  await store.ok('destroy', 'maker');
  await store.ok('rm', 'first', 'second');
});

test.serial('diff of an instance: all that it changed, and nothing else', async (t) => {
  const tree = join(store.home, 'changed-tree');
  mkdirSync(join(tree, 'opaque/deep'), { recursive: true });
  for (const name of ['moved/in', 'mode', 'same']) mkdirSync(join(tree, name), { recursive: true });
  for (const name of ['opaque/a', 'opaque/deep/b', 'moved/in/c', 'mode/d', 'same/e', 'same/touched', 'gone'])
    writeFileSync(join(tree, name), name);
  await store.ok('create', 'tree', '--root', tree);
  const [clone] = await store.clone('tree', '--aid', 'changer');
  const at = clone?.root ?? '';
  const inside = (script: string): string => execFileSync('bash', ['-ec', script], { cwd: at, encoding: 'utf8' });
  t.is(await store.ok('diff', 'changer'), '');
  inside(
    'rm -r opaque && mkdir -p opaque/deep && echo 1 > opaque/new; mv moved elsewhere; chmod 700 mode; rm gone; mkdir -p dir/in; touch dir/in/f',
  );
  // As large as before, and as old.
  inside(
    'printf SAME/E > same/other && touch -r same/e same/other && cat same/other > same/e && touch -r same/other same/e && rm same/other',
  );
  inside('touch -d tomorrow same/touched');
  const changes =
    'A /dir,A /dir/in,A /dir/in/f,A /elsewhere,A /elsewhere/in,A /elsewhere/in/c,D /gone,M /mode,D /moved,D /opaque/a,D /opaque/deep/b,A /opaque/new,M /same/e';
  t.deepEqual((await store.ok('diff', 'changer')).trim().split('\n'), changes.split(','));
  await store.ok('destroy', 'changer');
  await store.ok('rm', 'tree');
});

test.serial(
  'diff of an instance that was committed in between: against its template still, and without one against the host',
  async (t) => {
    await store.run('app', ['-w', '/var/tmp'], ['sh', '-c', 'echo 1 > appshot-diff-first; exec sleep 1000']);
    await store.ok('commit', 'app', 'first');
    t.regex(await store.ok('diff', 'app'), /^A \/var\/tmp\/appshot-diff-first$/m);
    const [clone] = await store.clone('first');
    const aid = clone?.aid ?? '';
    await store.ok('exec', aid, '--', 'sh', '-c', 'echo 2 > /var/tmp/appshot-diff-second');
    await store.ok('commit', aid, 'second');
    t.is(await store.ok('diff', aid), 'A /var/tmp/appshot-diff-second\n');
    t.is(await store.ok('diff', aid, 'second'), '');
    await store.ok('destroy', 'app', aid);
    await store.ok('rm', 'first', 'second');
  },
);

test.serial('diff of an instance whose template has removed what a layer below has', async (t) => {
  await store.run('remover', ['-w', '/var/tmp'], ['sleep', '1000']);
  await store.ok('exec', 'remover', '--', 'sh', '-c', 'echo 1 > /var/tmp/came-and-went');
  await store.ok('commit', 'remover', 'with');
  await store.ok('exec', 'remover', '--', 'rm', '/var/tmp/came-and-went');
  await store.ok('commit', 'remover', 'without', '--stop');
  const [clone] = await store.clone('without');
  writeFileSync(join(clone?.root ?? '', 'var/tmp/came-and-went'), 'again');
  t.is((await store.ok('diff', clone?.aid ?? '')).trim(), 'A /var/tmp/came-and-went');
  await store.ok('destroy', 'remover', clone?.aid ?? '');
  await store.ok('rm', 'with', 'without');
});

test.serial('a clone of a template of files is a mounted root: exec and run work in it, links resolve for its AID', async (t) => {
  await store.ok('create', 'host');
  const [mounted] = await store.clone('host', '--aid', 'box');
  t.is(mounted?.state, 'mounted');
  t.is((await store.ok('exec', 'box', '--', 'sh', '-c', 'echo $APPSHOT_AID; echo hi > /var/tmp/inside-box')).trim(), 'box');
  t.is((await store.ok('exec', 'box', '--', 'cat', '/var/tmp/inside-box')).trim(), 'hi');
  t.is((await store.ok('exec', 'box', '--', 'sh', '-c', 'echo /proc/[0-9]*')).trim().split(' ').length, 2, 'its own processes alone');
  t.is((await store.appshot(['exec', 'box', '--', 'sh', '-c', 'exit 7'])).code, 7);
  t.false(existsSync('/var/tmp/inside-box'));
  symlinkSync('/usr/app/<APPL-ID>/config', join(mounted?.root ?? '', 'var/tmp/dsl'));
  t.is(readlinkSync(join(mounted?.root ?? '', 'var/tmp/dsl')), '/usr/app/box/config');
  t.is((await store.ok('run', '--aid', 'box', '--', 'cat', '/var/tmp/inside-box')).trim(), 'hi');
  t.regex(await store.ok('diff', 'box'), /^A \/var\/tmp\/inside-box$/m);
  await store.ok('destroy', 'box');
});

test.serial('run: exit codes, standard streams, environment and working directory', async (t) => {
  t.is((await store.appshot(['run', '--rm', '--', 'sh', '-c', 'exit 3'])).code, 3);
  t.is((await store.appshot(['run', '--rm', '--', 'sh', '-c', 'kill -9 $$'])).code, 137);
  const spoken = await store.appshot([
    'run',
    '--rm',
    '-e',
    'WORD=yes',
    '-w',
    '/usr',
    '--',
    'sh',
    '-c',
    'echo $WORD; pwd; echo to-stderr >&2',
  ]);
  t.is(spoken.stdout, 'yes\n/usr\n');
  t.is(spoken.stderr, 'to-stderr\n');
  t.is((await store.ok('ps', '-a', '-q')).trim(), '');
});

const stateOf = async (aid: string): Promise<string | undefined> =>
  (await store.json<{ aid: string; state: string }>('ps', '-a')).find((row) => row.aid === aid)?.state;

test.serial('run reads its standard input to the end', (t) => {
  const command = join(projectRoot, 'bin/appshot');
  const options = { input: 'one\ntwo\n', env: { ...process.env, APPSHOT_HOME: store.home }, timeout: 60_000, encoding: 'utf8' } as const;
  t.is(execFileSync(command, ['run', '--rm', '--', 'cat'], options), 'one\ntwo\n');
  t.is(execFileSync(command, ['run', '--rm', '--', 'wc', '-l'], options).trim(), '2');
});

test.serial('stop, kill, logs and exec on a running instance', async (t) => {
  const started = await store.run(
    'loop',
    ['--wait-for', 'log:begun'],
    ['sh', '-c', 'trap "echo stopped; exit 5" TERM; echo begun; while :; do sleep 0.05; done'],
  );
  t.true(started.pids.every((pid) => pid.virtual !== pid.system));
  t.is((await store.ok('logs', 'loop')).trim(), 'begun');
  t.is((await store.ok('exec', 'loop', '--', 'sh', '-c', 'echo $APPSHOT_AID')).trim(), 'loop');
  t.is((await store.appshot(['exec', 'loop', '--', '/no/such'])).code, 127);
  await store.ok('stop', 'loop');
  t.is(await stateOf('loop'), 'exited 5');
  t.regex(await store.ok('logs', 'loop', '--tail', '1'), /stopped/);
  await store.ok('destroy', 'loop');
  await store.run('victim', [], ['sleep', '1000']);
  await store.ok('kill', 'victim');
  await store.ok('stop', 'victim');
  t.is(await stateOf('victim'), 'exited 137');
});

test.serial('a port is published where it was asked to be', async (t) => {
  const port = 20_000 + (process.pid % 20_000);
  await store.run(
    'public',
    ['-p', `${port}:9000`, '--wait-for', 'port:9000'],
    ['python3', '-m', 'http.server', '9000', '-d', '/usr/share/doc'],
  );
  t.regex(await get(`127.0.0.1:${port}`), /Directory listing/);
  t.is(await store.address('public', 9000), `127.0.0.1:${port}`);
  await store.ok('commit', 'public', 'published');
  const taken = await store.appshot(['clone', 'published', '-p', `${port}:9000`]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /in use/);
  await store.ok('clone', 'published', '-p', `${port + 1}:9000`);
  t.regex(await get(`127.0.0.1:${port + 1}`), /Directory listing/);
});
