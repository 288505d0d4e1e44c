import test from 'ava';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { insideRoot } from '../src/inside-root.ts';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const scratch = (...names: string[]): string => join(store.home, ...names);

function write(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A template of a small root, whose `var/run` leads to `/run` and whose `bin` to `usr/bin`, as most have it. */
async function made(name: string): Promise<void> {
  const root = scratch(`root-of-${name}`);
  write(join(root, 'run/inside'), 'the template itself');
  write(join(root, 'usr/bin/tool'), 'tool');
  write(join(root, 'etc/app/old'), 'old');
  mkdirSync(join(root, 'var'));
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'etc/app'), 0o750);
  symlinkSync('/run', join(root, 'var/run'));
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('../../../../../../run/inside', join(root, 'etc/outside'));
  await store.ok('create', name, '--root', root);
}

const namesIn = async (target: string): Promise<string[]> => (await store.json<{ name: string }>('ls', target)).map(({ name }) => name);
const modeOf = async (directory: string, name: string): Promise<string | undefined> =>
  (await store.json<{ name: string; mode: string }>('ls', directory)).find((row) => row.name === name)?.mode;

async function textOf(target: string): Promise<string> {
  const out = scratch(`out-${target.replaceAll(/[^a-z]/g, '-')}`);
  await store.ok('cp', target, out);
  return readFileSync(out, 'utf8');
}

test.serial("a link in a template leads on within it, never to the machine's own files", async (t) => {
  await made('links');
  t.deepEqual(await namesIn('links:/var/run/'), ['inside']);
  t.deepEqual(await namesIn('links:/bin/'), ['tool']);
  t.deepEqual(await namesIn('links:/var/run'), ['run'], 'the link itself, as ls has it');
  t.is(await textOf('links:/var/run/inside'), 'the template itself');
  await store.ok('cp', write(scratch('new'), 'new'), 'links:/var/run/new');
  t.deepEqual(await namesIn('links:/run'), ['inside', 'new']);
  t.deepEqual(await namesIn('links:/var'), ['run']);
  await store.ok('cp', write(scratch('other'), 'other'), 'links:/bin/other');
  t.deepEqual(await namesIn('links:/usr/bin'), ['other', 'tool']);
  t.is(await textOf('links:/etc/outside/../inside'), 'the template itself');
  await store.ok('rm', 'links');
});

test.serial('what is copied in changes nothing of the directories that are there', async (t) => {
  await made('kept');
  await store.ok('cp', write(scratch('in-tmp'), 'x'), 'kept:/tmp/in-tmp');
  t.is(await modeOf('kept:/', 'tmp'), '1777');
  write(scratch('conf/new'), 'new');
  await store.ok('cp', scratch('conf'), 'kept:/etc/app');
  t.deepEqual(await namesIn('kept:/etc/app'), ['new', 'old']);
  t.is(await modeOf('kept:/etc', 'app'), '0750');
  await store.ok('cp', write(scratch('file'), 'a file'), 'kept:/etc');
  t.deepEqual(await namesIn('kept:/etc'), ['app', 'file', 'outside'], 'a file onto a directory goes into it');
  await store.ok('cp', scratch('conf'), 'kept:/made/here/');
  t.deepEqual(await namesIn('kept:/made/here'), ['conf']);
  await store.ok('rm', 'kept');
});

test.serial('a copy that fails leaves no layer, and the template as it was', async (t) => {
  await made('whole');
  const layers = (): string[] => readdirSync(scratch('data/layers')).sort();
  const before = layers();
  const { code, stderr } = await store.appshot(['cp', write(scratch('below'), 'x'), 'whole:/etc/app/old/below']);
  t.is(code, 1);
  t.regex(stderr, /^appshot: cp [^\n]+\n$/);
  t.deepEqual(layers(), before);
  t.deepEqual(await namesIn('whole:/etc/app'), ['old']);
  await store.ok('rm', 'whole');
});

test.serial('a clone made after a copy into its template has what was copied, however many were made ahead', async (t) => {
  await store.run('source', [], ['sleep', '1000']);
  await store.ok('commit', 'source', 'warm');
  await store.ok('clone', 'warm', '-n', '2');
  await new Promise((resolve) => setTimeout(resolve, 1500)); // until clones stand ready
  await store.ok('cp', write(scratch('late'), 'copied late'), 'warm:/var/tmp/appshot-test-late');
  const clones = await store.clone('warm', '-n', '2');
  for (const { aid } of clones) t.is(await store.ok('exec', aid, '--', 'cat', '/var/tmp/appshot-test-late'), 'copied late');
  t.is(
    (await store.appshot(['exec', 'warm-1', '--', 'cat', '/var/tmp/appshot-test-late'])).code,
    1,
    'those of before stand on what it was',
  );
});

test.serial('a path inside a root: links, dots and what is not there', (t) => {
  const root = scratch('inside');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  symlinkSync('/a', join(root, 'absolute'));
  symlinkSync('../../..', join(root, 'a/up'));
  symlinkSync('round', join(root, 'round'));
  symlinkSync('missing/thing', join(root, 'dangling'));
  const inside = (path: string, follow = true): string => insideRoot(root, path, follow).slice(root.length);
  t.is(inside('/absolute/b'), '/a/b');
  t.is(inside('absolute', false), '/absolute');
  t.is(inside('absolute/', false), '/a');
  t.is(inside('/a/up/../../etc'), '/etc');
  t.is(inside('/a/up/a/up/absolute/./b/'), '/a/b');
  t.is(inside('/dangling/more'), '/missing/thing/more');
  t.is(inside('/'), '');
  t.throws(() => inside('/round/x'), { message: /too many levels of symbolic links/ });
});
