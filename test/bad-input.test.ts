import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { TestStore, type Outcome } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const oneLine = /^appshot: [^\n]+: [^\n]+\n$/;

test.serial('names that nobody has, names that are taken, words that mean nothing: one line each, and nothing left', async (t) => {
  await store.run('taken', [], ['sleep', '1000']);
  const refused: [words: string[], says: RegExp][] = [
    [['clone', 'nothing'], /no template nothing/],
    [['commit', 'nobody', 'x'], /no instance nobody/],
    [['exec', 'nobody', '--', 'true'], /no instance nobody/],
    [['destroy', 'nobody'], /no instance nobody/],
    [['run', '-d', '--aid', 'taken', '--', 'true'], /taken/],
    [['run', '-d', '--aid', 'Not A Name', '--', 'true'], /name/],
    [['run', '-d', '--from', 'nothing', '--', 'true'], /no template nothing/],
    [['rm', 'nothing'], /no template nothing/],
    [['cp', 'nothing', 'else'], /no template nothing/],
    [['create', 'made', '--root', '/no/such/dir'], /no such file/i],
    [['restore', 'taken'], /not suspended/],
  ];
  for (const [words, says] of refused) {
    const outcome: Outcome = await store.appshot(words);
    t.not(outcome.code, 0, words.join(' '));
    t.regex(outcome.stderr, oneLine, words.join(' '));
    t.regex(outcome.stderr, says, words.join(' '));
    t.is(outcome.stdout, '', words.join(' '));
  }
  t.is((await store.ok('ps', '-a', '-q')).trim(), 'taken');
  t.is((await store.ok('ls', '-q')).trim(), '');
});

test.serial('a program that does not exist is refused like a shell would, and leaves no instance', async (t) => {
  const missing = await store.appshot(['run', '--aid', 'missing', '--', '/no/such/program']);
  t.is(missing.code, 127);
  t.regex(missing.stderr, oneLine);
  const notExecutable = await store.appshot(['run', '--aid', 'missing', '--', '/etc/passwd']);
  t.is(notExecutable.code, 126);
  t.is((await store.ok('ps', '-a', '-q')).trim(), 'taken');
  t.deepEqual(readdirSync(join(store.home, 'state/instances')), ['taken']);
});

test.serial('a rule file with mistakes names each with its place, and nothing is started', async (t) => {
  const file = join(store.home, 'bad.rules');
  writeFileSync(file, 'Define <X> as PROPERTY application-ID\nREDIR PATH "relative" to "/x"\nSET ENV "A" = "<UNKNOWN>"\n');
  const checked = await store.appshot(['rules', 'check', file]);
  t.is(checked.code, 1);
  t.regex(checked.stderr, /bad\.rules:2:\d+: /);
  t.regex(checked.stderr, /bad\.rules:3:\d+: /);
  const run = await store.appshot(['run', '-d', '--aid', 'ruled', '--rules', file, '--', 'sleep', '1000']);
  t.not(run.code, 0);
  t.is((await store.ok('ps', '-a', '-q')).trim(), 'taken');
});

test.serial('a template that something stands on is not removed, and the error names what', async (t) => {
  await store.ok('commit', 'taken', 'base');
  await store.ok('clone', 'base', '--aid', 'stands');
  const refused = await store.appshot(['rm', 'base']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /instance stands/);
  await store.ok('destroy', 'stands');
  await store.ok('rm', 'base');
  t.deepEqual(readdirSync(join(store.home, 'data/images')), [], 'the image goes with the last template');
});

test.serial('an image that was changed, cut or made elsewhere is refused before anything is created', async (t) => {
  await store.ok('commit', 'taken', 'fragile');
  const [image = ''] = readdirSync(join(store.home, 'data/images'));
  const pages = join(store.home, 'data/images', image, 'pages');
  execFileSync('chmod', ['600', pages]);
  const fd = openSync(pages, 'r+');
  writeSync(fd, Buffer.from([(readFileSync(pages)[100] ?? 0) ^ 1]), 0, 1, 100);
  closeSync(fd);
  const changed = await store.appshot(['clone', 'fragile']);
  t.is(changed.code, 1);
  t.regex(changed.stderr, /digest|not what was sealed/);
  execFileSync('truncate', ['-s', '4096', pages]);
  const cut = await store.appshot(['clone', 'fragile']);
  t.regex(cut.stderr, /bytes where/);
  t.is((await store.ok('ps', '-a', '-q')).trim(), 'taken');
  await store.ok('rm', 'fragile');
});

test.serial('a device refuses a commit in words, and the application goes on', async (t) => {
  mkdirSync(join(store.home, 'work'), { recursive: true });
  await store.run(
    'device',
    [],
    ['sh', '-c', 'mknod /tmp/appshot-test-disk b 7 200 2>/dev/null; exec 9< /tmp/appshot-test-disk || exec 9</dev/fuse; exec sleep 1000'],
  );
  const device = await store.appshot(['commit', 'device', 'never']);
  if (device.code === 0) t.log('no device could be opened inside; nothing to refuse');
  else t.regex(device.stderr, oneLine);
  t.is((await store.json<{ aid: string; state: string }>('ps')).find((row) => row.aid === 'device')?.state, 'running');
  t.false(existsSync('/tmp/appshot-test-disk'));
});
