import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { TestStore } from '../support/store.ts';
import { TestView } from './test-view.ts';

/** O_PATH: a place is held without anything of it being opened. */
const O_PATH = 0o10000000;
const program = join(projectRoot, 'test/programs/fs-confined.py');

for (const passthrough of [true, false]) {
  const how = passthrough ? 'passed through' : 'plain';

  for (const lies of ['sealed', 'upper'] as const)
    test.serial(`links that take the place of what a layer had lead nowhere: ${lies}, ${how}`, async (t) => {
      const { view, outside } = await prepared(t, passthrough);
      mkdirSync(join(view.work, 'd'));
      for (const name of ['d/secret', 'small']) writeFileSync(view.upper(name), 'inside');
      for (const name of ['d/large', 'large']) writeFileSync(view.upper(name), 'inside'.repeat(20_000));
      if (lies === 'sealed') await view.seal();
      const held = ['d', 'small', 'large'].map((name) => openSync(join(view.work, name), O_PATH));
      const [d, small, large] = held.map((fd) => `/proc/self/fd/${fd}`) as [string, string, string];
      for (const name of ['d', 'small', 'large']) {
        const place = view[lies](name);
        rmSync(place, { recursive: true });
        symlinkSync(name === 'd' ? outside : join(outside, 'secret'), place);
      }
      await view.kill(); // its successor knows the nodes, and opens everything by its name again
      const ways: [string, () => unknown][] = [
        ['read through the directory', () => readFileSync(`${d}/secret`, 'latin1')],
        ['list the directory', () => readdirSync(d).join(' ')],
        ['read the small file', () => readFileSync(small, 'latin1')],
        ['read the large file', () => readFileSync(large, 'latin1')],
        ['look at it', () => statSync(`${d}/secret`).size === 6 && 'secret'],
        [
          'make',
          () => {
            writeFileSync(`${d}/made`, 'x');
          },
        ],
        [
          'make a directory',
          () => {
            mkdirSync(`${d}/made`);
          },
        ],
        [
          'write to the directory',
          () => {
            writeFileSync(`${d}/secret`, 'x');
          },
        ],
        [
          'write to the small file',
          () => {
            writeFileSync(small, 'x');
          },
        ],
        [
          'append to the large file',
          () => {
            writeFileSync(large, 'x', { flag: 'a' });
          },
        ],
        [
          'cut',
          () => {
            truncateSync(`${d}/secret`);
          },
        ],
        [
          'change the mode',
          () => {
            chmodSync(small, 0o777);
          },
        ],
        [
          'change a mode in the directory',
          () => {
            chmodSync(`${d}/secret`, 0o777);
          },
        ],
        [
          'link',
          () => {
            linkSync(`${d}/secret`, join(view.work, 'linked'));
          },
        ],
        [
          'move',
          () => {
            renameSync(`${d}/secret`, join(view.work, 'moved'));
          },
        ],
        [
          'replace',
          () => {
            renameSync(join(view.work, 'own'), `${d}/secret`);
          },
        ],
        [
          'remove',
          () => {
            rmSync(`${d}/secret`);
          },
        ],
      ];
      for (const [way, attempt] of ways) {
        writeFileSync(join(view.work, 'own'), 'own');
        t.notRegex(String(tried(attempt)), /secret/, way);
        t.deepEqual([readdirSync(outside).join(' '), readFileSync(join(outside, 'secret'), 'latin1')], ['secret', 'secret'], way);
        t.is(statSync(join(outside, 'secret')).mode & 0o777, 0o600, way);
        t.is(statSync(join(outside, 'secret')).nlink, 1, way);
      }
      for (const fd of held) closeSync(fd);
    });

  test.serial(`marks of renamed directories that point out of the layers lead nowhere, ${how}`, async (t) => {
    const { view, outside } = await prepared(t, passthrough);
    writeFileSync(join(view.work, 'below'), '');
    await view.seal();
    const marks = ['../../../outside', '/../../outside', '/work/../../../outside', '..', '.', '/', 'link', '/work/link', 'link/below'];
    symlinkSync(outside, view.sealed('link'));
    for (const i of marks.keys()) {
      mkdirSync(join(view.work, `d${i}`));
      writeFileSync(join(view.work, `d${i}/own`), 'own');
    }
    await view.seal();
    // The layers below are reached by a path that starts beside them.
    t.is(resolve(view.sealed('d0'), '../../../outside'), outside);
    const setMarks =
      'import os, sys\nfor at in range(1, len(sys.argv), 2): os.setxattr(sys.argv[at], "trusted.overlay.redirect", sys.argv[at + 1].encode())';
    execFileSync('python3', ['-c', setMarks, ...[...marks.entries()].flatMap(([i, mark]) => [view.sealed(`d${i}`), mark])]);
    await view.remount();
    for (const [i, mark] of marks.entries()) {
      const directory = join(view.work, `d${i}`);
      const shown = readdirSync(directory).filter((name) => mark !== '/' || name !== 'work');
      t.deepEqual(shown, ['own'], mark);
      t.is(
        tried(() => readFileSync(join(directory, 'secret'), 'latin1')),
        'ENOENT',
        mark,
      );
    }
  });

  // One server knows where that lies and has it open no longer, for it opened many others; the next looks for it anew.
  test.serial(`a link above the lower part of a renamed directory leads nowhere, ${how}`, async (t) => {
    const { view, outside } = await prepared(t, passthrough);
    mkdirSync(join(view.work, 'a/b'), { recursive: true });
    writeFileSync(view.upper('a/b/secret'), 'inside'); // nobody may still have it open through the view when that is sealed
    for (let i = 0; i < 1500; i++) mkdirSync(view.upper(`other${i}`));
    await view.seal();
    renameSync(join(view.work, 'a/b'), join(view.work, 'moved'));
    const moved = openSync(join(view.work, 'moved'), O_PATH);
    t.is(readFileSync(`/proc/self/fd/${moved}/secret`, 'latin1'), 'inside');
    rmSync(view.sealed('a'), { recursive: true });
    mkdirSync(join(outside, 'b'));
    for (const name of ['secret', 'another']) writeFileSync(join(outside, 'b', name), 'secret');
    symlinkSync(outside, view.sealed('a'));
    for (const server of ['first', 'next']) {
      for (let i = 0; i < 1500; i++) readdirSync(join(view.work, `other${i}`));
      for (const directory of [`/proc/self/fd/${moved}`, join(view.work, 'moved')])
        for (const name of ['secret', 'another'])
          t.notRegex(String(tried(() => readFileSync(join(directory, name), 'latin1'))), /secret/, server);
      if (server === 'first') await view.kill();
    }
    closeSync(moved);
    await view.remount();
    t.is(
      tried(() => readFileSync(join(view.work, 'moved/secret'), 'latin1')),
      'ENOENT',
    );
  });
}

test.serial('root inside an instance finds no way to what its view hides', async (t) => {
  const store = new TestStore();
  try {
    await store.run('i', [], ['sleep', 'infinity']);
    const hidden = join(store.home, 'data', 'secret');
    writeFileSync(hidden, 'secret');
    const outcome = await store.appshot(['exec', 'i', '--', 'python3', program, hidden]);
    t.deepEqual([outcome.code, outcome.stderr], [0, '']);
    // Each way was gone and ended in a refusal, none was left out.
    t.regex(outcome.stdout, /^(?:.+: E[A-Z]+\n){15,}$/);
    t.deepEqual([readFileSync(hidden, 'latin1'), statSync(hidden).nlink], ['secret', 1]);
  } finally {
    await store.close();
  }
});

/** What it gives, or the code of its failure. */
function tried(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

async function prepared(t: ExecutionContext, passthrough: boolean): Promise<{ view: TestView; outside: string }> {
  const view = await TestView.mount(passthrough);
  t.teardown(() => view.close());
  const outside = resolve(view.upper('.'), '../../outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret', { mode: 0o600 });
  return { view, outside };
}
