/** `flatten` of a template that was made after many commits of one instance: its layers, as far as it alone stands on them, become few. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree } from './support/trees.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const layers = (): string[] => readdirSync(join(store.home, 'data/layers')).sort();
const exec = (script: string): Promise<string> => store.ok('exec', 'source', '--', 'sh', '-ec', script);

/** What is done between one commit and the next. */
const STEPS = [
  'mkdir -p /w/kept /w/removed /w/opaque /w/moved/in /w/many; echo 1 > /w/file; echo 1 > /w/kept/one; echo 1 > /w/removed/one; ln /w/kept/one /w/kept/hard',
  'echo 2 > /w/file; echo 1 > /w/opaque/below; echo 1 > /w/moved/in/one; ln -s kept /w/link; mkfifo /w/fifo; chmod 2750 /w/kept; chown 7:8 /w/kept',
  'rm -r /w/removed /w/opaque; mkdir /w/opaque; echo 3 > /w/opaque/new; echo 3 > /w/kept/two; for i in $(seq 300); do echo $i > /w/many/$i; done',
  'mv /w/moved /w/renamed; echo 4 > /w/renamed/in/two; rm /w/link; mkdir /w/link; echo 4 > /w/link/in; touch -d @1000000000 /w/kept/two',
  'rm /w/kept/one; echo 5 > /w/file; head -c 300000 /dev/zero > /w/zeros; rm -r /w/link; echo 5 > /w/link',
  'echo 6 > /w/kept/hard; rm /w/zeros; truncate -s 20M /w/zeros; echo 6 > /w/removed; rm /w/many/7; mkdir /w/renamed/in/new',
  'rm /w/removed; mkdir /w/removed; echo 7 > /w/removed/new; echo 7 > /w/renamed/in/new/one',
];

/** Templates t1, t2, ... of one instance, of which the last is left. */
async function committed(): Promise<string> {
  await store.run('source', [], ['sleep', '1000']);
  for (const [at, step] of STEPS.entries()) {
    await exec(step);
    await store.ok('commit', 'source', `t${at + 1}`);
  }
  await store.ok('destroy', 'source');
  await store.ok('rm', ...STEPS.slice(1).map((_, at) => `t${at + 1}`));
  return `t${STEPS.length}`;
}

/** What a clone shows, and what of it no other clone can show alike. */
async function shown(template: string): Promise<Record<string, unknown>> {
  const [clone] = await store.clone(template);
  const root = clone?.root ?? '';
  const tree = describeTree(join(root, 'w'));
  const inode = statSync(join(root, 'w/kept/hard')).ino;
  await store.ok('destroy', clone?.aid ?? '');
  return { tree, inode };
}

const noted = async (t: ExecutionContext, template: string): Promise<void> => {
  t.notRegex((await store.appshot(['ls'])).stderr + (await store.ok('inspect', template)), /another hand/);
};

test.serial('layers that a template alone stands on become one where no directory was renamed, and it shows the same', async (t) => {
  t.timeout(240_000);
  const template = await committed();
  const before = await shown(template);
  t.is(layers().length, STEPS.length);
  const [flat] = await store.json<{ layers: number }>('flatten', template);
  // The layer with the renamed directory is the lowest of the upper ones.
  t.is(flat?.layers, STEPS.length - 2);
  t.is(layers().length, 2, 'the old ones are gone');
  t.deepEqual(await shown(template), before);
  await noted(t, template);
  t.regex(await store.ok('flatten', template), /stands alone already/);
  await store.ok('rm', template);
  t.deepEqual(layers(), []);
});

test.serial('layers that others stand on, and those that another hand has changed, stay as they are', async (t) => {
  t.timeout(240_000);
  const template = await committed();
  const [clone] = await store.clone(template);
  t.is((await store.json<{ layers: number }>('flatten', template))[0]?.layers, 0, 'a clone runs on them');
  await store.ok('destroy', clone?.aid ?? '');
  const changed = layers().find((id) => existsSync(join(store.home, 'data/layers', id, 'w/kept/two')));
  execFileSync('touch', [join(store.home, 'data/layers', changed ?? '', 'w/kept/two')]);
  t.is((await store.json<{ layers: number }>('flatten', template))[0]?.layers, 0, 'what was changed is not folded in');
  t.regex(await store.ok('inspect', template), /kept\/two/);
  await store.ok('rm', template);
});

test.serial('a daemon that is killed while layers become one has lost nothing, and leaves nothing', async (t) => {
  t.timeout(240_000);
  const template = await committed();
  const before = await shown(template);
  const old = layers();
  const hello = (): Promise<number> => eventually(async () => (await store.operations.hello({})).pid);
  let cut = 0;
  for (let tries = 0; tries < 20 && cut < 3; tries++) {
    const daemon = await hello();
    const flattened = store.appshot(['flatten', template]);
    await eventually(() => {
      if (layers().length === old.length) throw new Error('it has not begun');
    }, 5000).catch(() => undefined);
    try {
      process.kill(daemon, 'SIGKILL');
    } catch {
      // it had ended by itself
    }
    await flattened;
    t.not(await hello(), daemon);
    if (layers().join() === old.join()) cut++;
    else break; // the daemon was quicker
    await noted(t, template);
  }
  t.true(cut > 0, 'it was killed in the middle');
  t.deepEqual(await shown(template), before);
  await store.ok('flatten', template);
  t.deepEqual(await shown(template), before);
  t.is(layers().length, 2);
  t.is(readFileSync(join(store.home, 'data/layers', layers()[0] ?? '', 'w/file'), 'utf8').length, 2);
  await noted(t, template);
});
