import test from 'ava';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemplateSummary, VprocMode } from '../../src/types.ts';
import { TestStore } from '../support/store.ts';
import { Binaries, runPlain } from './programs.ts';

export interface Entry {
  readonly program: string;
  /** Words for the person who reads of a skipped test: what this machine lacks; null when it lacks nothing. */
  readonly lacks?: string | null;
  /** A clone is committed and cloned in its turn. */
  readonly twice?: boolean;
  /** The source is put away and brought back too, before it is asked. */
  readonly sourceAway?: boolean;
  /** Why a clone of it is not captured once more, by a snapshot. */
  readonly onceOnly?: string;
  /** Why it is known not to hold in a clone: then that must still be so, or the entry is out of date. */
  readonly limit?: string;
  /** It can't be part of a template: the words in which a commit refuses it. The program then goes on as if nobody had asked. */
  readonly refused?: RegExp;
  /** A line that the program must print beside `ok` in the instance of that name. */
  readonly says?: (aid: string) => string;
}

/** For a run of all of them under one mechanism (docs/VPROC.md). */
const asked = process.env['APPSHOT_VPROC'] as VprocMode | undefined;

/**
 * One test a program. It is run plainly, to show that the program itself is right; then in an instance that is committed and cloned
 * twice at once, and every one of the three must find its state as it was: the clones first, one of them put away and brought back
 * before it is asked, while the source still waits. Where `twice` is said, a clone is committed again before it is asked, and its own
 * clones asked too. `vproc` is the mechanism that gives the instances their ids, `env` what they find in their environment.
 */
export function threePhases(file: string, entries: readonly Entry[], vproc?: VprocMode, env: Environment = {}): void {
  const store = new TestStore();
  const binaries = new Binaries();
  test.after.always(async () => {
    await store.close();
    binaries.close();
  });
  for (const entry of entries) {
    if (typeof entry.lacks === 'string') {
      test.skip(`${entry.program}: ${entry.lacks}`, () => undefined);
      continue;
    }
    test.serial(entry.program, async (t) => {
      t.timeout(240_000);
      const replay = `bash scripts/test.sh dist/test/${file}.test.js --match=${entry.program}`;
      const binary = binaries.path(entry.program);
      const plain = await runPlain(binary);
      t.is(plain.output.trimEnd().split('\n').at(-1), 'ok', `${entry.program} without Appshot printed: ${plain.output}; replay: ${replay}`);
      t.is(plain.code, 0);
      const run = entry.refused === undefined ? inInstances : inRefusedInstance;
      const failure = await run(store, entry, binary, vproc ?? asked, env).then((refusal) => {
        if (refusal !== undefined) t.log(`refused: ${refusal}`);
        return null;
      }, String);
      if (failure !== null) t.log(`not held: ${failure}`);
      await clear(store);
      if (entry.limit === undefined) t.is(failure, null, `${entry.program}; replay: ${replay}`);
      else {
        t.log(`known limit: ${entry.limit}`);
        t.not(failure, null, `${entry.program} holds by now: take its limit away, here and in docs/ARCHITECTURE.md`);
      }
    });
  }
}

type Environment = Readonly<Record<string, string>>;

async function inInstances(
  store: TestStore,
  entry: Entry,
  binary: string,
  vproc: VprocMode | undefined,
  env: Environment,
): Promise<undefined> {
  await start(store, binary, vproc, env);
  await store.operations.commit({ aid: 'source', template: 'first' });
  const waiting = await clones(store, 'first');
  if (entry.twice === true) {
    await store.operations.commit({ aid: waiting[0] ?? '', template: 'second' });
    waiting.unshift(...(await clones(store, 'second')));
  }
  if (entry.onceOnly === undefined) await putAwayAndBack(store, waiting.at(-1) ?? '');
  await ask(store, entry, waiting);
  if (entry.sourceAway === true) await putAwayAndBack(store, 'source');
  await ask(store, entry, ['source']);
}

async function putAwayAndBack(store: TestStore, aid: string): Promise<void> {
  await store.operations.snapshot({ aid });
  await store.operations.restore({ aid });
}

/** The words in which it was refused. */
async function inRefusedInstance(
  store: TestStore,
  entry: Entry,
  binary: string,
  vproc: VprocMode | undefined,
  env: Environment,
): Promise<string> {
  let refusal = '';
  await start(store, binary, vproc, env);
  const layers = (): string[] => readdirSync(join(store.home, 'data/layers')).sort();
  const before = layers();
  for (const words of [
    ['commit', 'source', 'first'],
    ['snapshot', 'source'],
  ]) {
    const { code, stdout, stderr } = await store.appshot(words);
    if (code === 0) throw new Error(`the ${words[0] ?? ''} was not refused`);
    if (entry.refused?.test(stderr) !== true) throw new Error(`the ${words[0] ?? ''} was refused with other words: ${stderr}${stdout}`);
    refusal ||= stderr.trim();
  }
  if (layers().join(' ') !== before.join(' ')) throw new Error('its layer was sealed before the commit was refused');
  await ask(store, entry, ['source']);
  return refusal;
}

async function start(store: TestStore, binary: string, vproc: VprocMode | undefined, env: Environment): Promise<void> {
  const inherit = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  await store.operations.run({
    aid: 'source',
    command: [binary],
    cwd: process.cwd(),
    inherit: { ...inherit, ...env },
    waitFor: { kind: 'log', pattern: '^ready' },
    ...(vproc === undefined ? {} : { vproc }),
  });
}

async function clones(store: TestStore, template: string): Promise<string[]> {
  return (await store.operations.clone({ template, count: 2 })).map((clone) => clone.aid);
}

/** Tells them all to prove their state, and throws what is wrong with any of them. */
async function ask(store: TestStore, entry: Entry, aids: readonly string[]): Promise<void> {
  await store.operations.kill({ aids, signal: 'SIGUSR1' });
  const states = await ended(store, aids);
  const wrong: string[] = [];
  for (const aid of aids) {
    const files = await store.operations.logs({ aid });
    const log = readFileSync(files.stdout, 'utf8').trimEnd();
    const lines = log.split('\n');
    const expected = entry.says?.(aid) ?? 'ok';
    if (lines.at(-1) !== 'ok' || states.get(aid) !== 'exited 0') {
      const all = `${log}\n${readFileSync(files.stderr, 'utf8')}`.trimEnd();
      wrong.push(`${aid} is "${states.get(aid) ?? 'gone'}" and printed: ${all}`);
    } else if (!lines.includes(expected)) wrong.push(`${aid} should have printed "${expected}" and printed: ${log}`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

/** Their states once none of them runs any more; after a minute whatever they are. */
async function ended(store: TestStore, aids: readonly string[]): Promise<Map<string, string>> {
  for (const until = Date.now() + 60_000; ;) {
    const rows = await store.operations.ps({ all: true });
    const states = new Map(rows.filter((row) => aids.includes(row.aid)).map((row) => [row.aid, row.state]));
    if (![...states.values()].includes('running') || Date.now() > until) return states;
    await sleep(10);
  }
}

/** Instances first, then the templates, the youngest first: a base can't go while another stands on it. */
async function clear(store: TestStore): Promise<void> {
  const aids = (await store.operations.ps({ all: true })).map((row) => row.aid);
  if (aids.length > 0) await store.operations.destroy({ aids });
  const templates = ((await store.operations.ls({})) as TemplateSummary[]).map((row) => row.name);
  for (const name of ['second', 'first']) if (templates.includes(name)) await store.operations.rm({ templates: [name] });
}
