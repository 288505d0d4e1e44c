import { execFile, type ExecFileException } from 'node:child_process';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { Binaries } from '../state/programs.ts';
import { eventually, type Outcome, TestStore } from '../support/store.ts';
import { Compiled } from './compiled.ts';

const compiled = new Compiled();
const binaries = new Binaries();
test.after.always(() => {
  binaries.close();
  compiled.close();
});

const filter = compiled.make('refusing/namespaces');

/** A store on a machine whose filter of system calls refuses one kind of namespace. */
class FilteredStore extends TestStore {
  readonly #kind: string;
  constructor(kind: string) {
    super();
    this.#kind = kind;
  }

  override appshot(words: readonly string[]): Promise<Outcome> {
    const env = { ...process.env, APPSHOT_HOME: this.home, NO_COLOR: '1', APPSHOT_VPROC: undefined };
    return new Promise((resolve) => {
      execFile(
        filter,
        [this.#kind, join(projectRoot, 'bin/appshot'), ...words],
        { env, timeout: 120_000 },
        (error: ExecFileException | null, stdout, stderr) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
        },
      );
    });
  }
}

interface Id {
  readonly virtual: number;
  readonly system: number;
}

/** Processes that are restored, threads, and a connection whose maker is told: each is made by calls of its own. A clone is committed again under the filter. */
const PROGRAMS = ['process-tree', 'fifty-threads', 'peer-credentials'];

/** An instance of the program, committed and cloned, and a clone of it in its turn: all prove what they hold. */
async function provesItself(t: ExecutionContext, store: FilteredStore, program: string, virtual: (id: Id) => boolean): Promise<void> {
  await store.run('source', ['--wait-for', 'log:^ready'], [binaries.path(program)]);
  await store.ok('commit', 'source', 'first');
  const clones = (await store.clone('first', '-n', '2')).map(({ aid }) => aid);
  await store.ok('commit', clones[0] ?? '', 'second');
  const aids = ['source', ...clones, ...(await store.clone('second')).map(({ aid }) => aid)];
  const seen = await Promise.all(aids.map((aid) => store.json<Id>('ids', aid, '--type', 'pid')));
  for (const rows of seen) t.true(rows.length > 0 && rows.every(virtual), JSON.stringify(rows));
  await store.ok('kill', '-s', 'USR1', ...aids);
  await eventually(async () => {
    const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
    const wrong = rows.filter(({ state }) => state !== 'exited 0');
    if (wrong.length > 0) throw new Error(`${JSON.stringify(wrong)} ${await store.ok('logs', wrong[0]?.aid ?? '')}`);
  });
  await store.ok('destroy', ...aids);
  await store.ok('rm', 'second');
  await store.ok('rm', 'first');
}

for (const kind of ['pid', 'ipc', 'uts'])
  test.serial(`where a filter refuses ${kind} namespaces, instances and clones are had under the preload mechanism`, async (t) => {
    t.timeout(240_000);
    const store = new FilteredStore(kind);
    try {
      const reason = `make an? ${kind} namespace: Operation not permitted`;
      t.regex(
        (await store.appshot(['doctor', '--json'])).stdout,
        new RegExp(`"virtual ids".*preload, as namespaces can't be had \\(${reason}\\)`),
      );
      for (const program of kind === 'pid' ? PROGRAMS : PROGRAMS.slice(0, 1))
        await provesItself(t, store, program, ({ virtual, system }) => virtual > 2 ** 22 && virtual !== system);
      const asked = await store.appshot(['run', '--rm', '--aid', 'asked', '--vproc', 'namespace', '--', 'true']);
      t.is(asked.code, 125);
      t.regex(asked.stderr, new RegExp(`^appshot: run asked: the namespace mechanism can't be had here: ${reason}; [^\\n]+\\n$`));
      t.is((await store.ok('ps', '-a', '-q')).trim(), '', 'nothing is left of it');
    } finally {
      await store.close();
    }
  });

test.serial('under a filter that refuses nothing of it, the namespace mechanism is had', async (t) => {
  t.timeout(240_000);
  const store = new FilteredStore('none');
  try {
    for (const program of PROGRAMS) await provesItself(t, store, program, ({ virtual }) => virtual < 2 ** 22);
  } finally {
    await store.close();
  }
});
