/** What every application is put through: committed under load, cloned, asked for right answers, written to, put away and brought back. */
import type { ExecutionContext } from 'ava';
import { eventually, type Started, type TestStore } from '../support/store.ts';

/** One live instance, as a trial speaks to it. */
export interface Live {
  readonly aid: string;
  /** `127.0.0.1:N` of the application's port; empty when it has none. */
  readonly address: string;
  readonly root: string;
  /** Virtual pids. */
  readonly pids: readonly number[];
  /** Runs a command in it; its standard output, trimmed. */
  exec(...command: string[]): Promise<string>;
  logs(): Promise<string>;
}

export interface Trial {
  readonly command: readonly string[];
  /** The port it is asked at. */
  readonly port?: number;
  /** Further options of `run`; `--wait-for port:PORT` is the default. */
  readonly options?: readonly string[];
  /** Before the commit: fills it, warms it. */
  prepare?(live: Live): Promise<void>;
  /** Throws unless it answers right. Called over and over while it is committed, and of each clone. */
  check(live: Live): Promise<void>;
  /** Keeps a word in the instance, and gives it back. */
  write?(live: Live, word: string): Promise<void>;
  read?(live: Live): Promise<string>;
  /** Looks deeper into a clone, once. */
  deep?(live: Live): Promise<void>;
  readonly clones?: number;
  /** Clients that call check() all the time while the source is committed; 2 when absent. */
  readonly clients?: number;
}

class Load {
  #stop = false;
  #answers = 0;
  readonly #clients: Promise<void>[];

  constructor(clients: number, work: () => Promise<void>) {
    this.#clients = Array.from({ length: clients }, async () => {
      while (!this.#stop) {
        await work();
        this.#answers++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  get answers(): number {
    return this.#answers;
  }

  /** Throws what went wrong under load. */
  async end(): Promise<number> {
    this.#stop = true;
    for (const outcome of await Promise.allSettled(this.#clients))
      if (outcome.status === 'rejected') throw new Error('the source answered wrong under load', { cause: outcome.reason });
    return this.#answers;
  }
}

async function commitUnderLoad(t: ExecutionContext, store: TestStore, trial: Trial, source: Live, template: string): Promise<void> {
  const load = new Load(trial.clients ?? 2, () => trial.check(source));
  try {
    await eventually(() => {
      if (load.answers < 2) throw new Error('no answers yet');
    });
    await store.ok('commit', source.aid, template);
    const then = load.answers;
    await eventually(() => {
      if (load.answers <= then) throw new Error('the source does not answer since it was committed');
    });
  } finally {
    t.true((await load.end()) > 0);
  }
}

export function live(store: TestStore, started: Started, port?: number): Live {
  return {
    aid: started.aid,
    address: started.ports.find((row) => row.port === port)?.address ?? '',
    root: started.root,
    pids: started.pids.map((pair) => pair.virtual),
    exec: async (...command) => (await store.ok('exec', started.aid, '--', ...command)).trim(),
    logs: () => store.ok('logs', started.aid),
  };
}

/** The whole trial. Instances of it stay until the store is closed; they are given back for more questions. */
export async function tryApplication(t: ExecutionContext, store: TestStore, name: string, trial: Trial): Promise<Live[]> {
  const ready = trial.port === undefined ? [] : [`port:${trial.port}`];
  const started = await store.run(name, [...ready.flatMap((what) => ['--wait-for', what]), ...(trial.options ?? [])], trial.command);
  const source = { ...live(store, started, trial.port), address: await addressOf(store, name, trial) };
  await trial.prepare?.(source);
  await trial.check(source);
  await trial.write?.(source, 'source');
  await commitUnderLoad(t, store, trial, source, `${name}-template`);
  const made = await store.clone(`${name}-template`, '-n', String(trial.clones ?? 3));
  const clones = made.map((clone) => live(store, clone, trial.port));
  for (const clone of clones) {
    await trial.check(clone);
    await trial.deep?.(clone);
  }
  if (trial.write !== undefined && trial.read !== undefined)
    await apart(t, trial, source, clones, trial.write.bind(trial), trial.read.bind(trial));
  const [first, ...others] = clones;
  if (first === undefined) throw new Error('no clone was made');
  return [source, await putAwayAndBack(t, store, trial, first), ...others];
}

async function apart(
  t: ExecutionContext,
  trial: Trial,
  source: Live,
  clones: readonly Live[],
  write: NonNullable<Trial['write']>,
  read: NonNullable<Trial['read']>,
): Promise<void> {
  for (const clone of clones) t.is(await read(clone), 'source', `${clone.aid} begins with what the source had`);
  for (const clone of clones) await write(clone, `of-${clone.aid}`);
  for (const clone of clones) t.is(await read(clone), `of-${clone.aid}`, 'each keeps its own');
  t.is(await read(source), 'source', 'nothing of the clones reaches the source');
  await trial.check(source);
}

/** The virtual pid of the application's first process. */
async function mainOf(store: TestStore, aid: string): Promise<number> {
  const [about] = await store.json<{ main: number }>('inspect', aid);
  return about?.main ?? 0;
}

async function putAwayAndBack(t: ExecutionContext, store: TestStore, trial: Trial, clone: Live): Promise<Live> {
  const main = await mainOf(store, clone.aid);
  await store.ok('snapshot', clone.aid);
  const [restored] = await store.json<Started>('restore', clone.aid);
  if (restored === undefined) throw new Error(`restore ${clone.aid} printed nothing`);
  const back = live(store, restored, trial.port);
  t.true(main > 0 && back.pids.includes(main), 'with the pid it had');
  await trial.check(back);
  if (trial.read !== undefined) t.is(await trial.read(back), `of-${clone.aid}`, 'and what it had kept');
  return back;
}

async function addressOf(store: TestStore, aid: string, { port }: Trial): Promise<string> {
  return port === undefined ? '' : store.address(aid, port);
}
