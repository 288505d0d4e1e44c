import test, { type ExecutionContext } from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestStore } from '../support/store.ts';
import { Binaries, runPlain } from './programs.ts';

export interface Entry {
  readonly program: string;
  /** A clone is committed and cloned in its turn. */
  readonly twice?: boolean;
  /** A line that the program must print beside `ok` in the instance of that name. */
  readonly says?: (aid: string) => string;
}

/**
 * One test a program. It is run plainly, to show that the program itself is right; then in an instance that is committed and cloned
 * twice at once, and every one of the three must find its state as it was: the clones first, while the source still waits. Where
 * `twice` is said, a clone is committed again before it is asked, and its own clone asked too.
 */
export function threePhases(file: string, entries: readonly Entry[]): void {
  const store = new TestStore();
  const binaries = new Binaries();
  test.after.always(async () => {
    await store.close();
    binaries.close();
  });
  for (const entry of entries) {
    test.serial(entry.program, async (t) => {
      t.timeout(120_000);
      const replay = `bash scripts/test.sh dist/test/state/${file}.test.js --match=${entry.program}`;
      const binary = binaries.path(entry.program);
      const plain = await runPlain(binary);
      t.is(plain.output.trimEnd().split('\n').at(-1), 'ok', `${entry.program} without Appshot printed: ${plain.output}; replay: ${replay}`);
      t.is(plain.code, 0);
      try {
        await inInstances(t, store, entry, binary);
      } catch (error) {
        t.fail(`${entry.program}: ${String(error)}; replay: ${replay}`);
      } finally {
        await clear(store);
      }
    });
  }
}

async function inInstances(t: ExecutionContext, store: TestStore, entry: Entry, binary: string): Promise<void> {
  await store.run('source', ['--wait-for', 'log:^ready'], [binary]);
  await store.ok('commit', 'source', 'first');
  const waiting = (await store.clone('first', '-n', '2')).map((clone) => clone.aid);
  if (entry.twice === true) {
    await store.ok('commit', waiting[0] ?? '', 'second');
    waiting.unshift(...(await store.clone('second', '-n', '2')).map((clone) => clone.aid));
  }
  for (const aid of [...waiting, 'source']) {
    await store.ok('kill', '-s', 'USR1', aid);
    const state = await ended(store, aid);
    const log = await store.ok('logs', aid);
    const lines = log.trimEnd().split('\n');
    if (lines.at(-1) !== 'ok' || state !== 'exited 0') throw new Error(`${aid} is "${state}" and printed: ${log.trimEnd()}`);
    const expected = entry.says?.(aid);
    if (expected !== undefined && !lines.includes(expected)) throw new Error(`${aid} should have printed "${expected}" but printed: ${log.trimEnd()}`);
  }
  t.pass();
}

/** Its state once it runs no more; after ten seconds whatever it is. */
async function ended(store: TestStore, aid: string): Promise<string> {
  for (const until = Date.now() + 10_000; ; await sleep(20)) {
    const row = (await store.json<{ aid: string; state: string }>('ps', '-a')).find((found) => found.aid === aid);
    if (row?.state !== 'running' || Date.now() > until) return row?.state ?? 'gone';
  }
}

/** Instances first, then the templates, the youngest first: a base can't go while another stands on it. */
async function clear(store: TestStore): Promise<void> {
  const aids = (await store.ok('ps', '-a', '-q')).split('\n').filter((line) => line !== '');
  if (aids.length > 0) await store.ok('destroy', ...aids);
  const templates = (await store.json<{ name: string }>('ls')).map((row) => row.name);
  for (const name of ['second', 'first']) if (templates.includes(name)) await store.ok('rm', name);
}
