import test from 'ava';
import * as fc from 'fast-check';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { projectRoot } from '../../native/programs.ts';
import { TestView } from './test-view.ts';

const RUNS = Number(process.env['APPSHOT_RUNS'] ?? 12);
const LIMIT_MS = Math.max(60_000, RUNS * 5000);

/**
 * What is in a directory for as long as somebody reads it is read exactly once, and what never was in it is not read: whatever
 * else comes and goes, wherever the reader goes back to, whoever reads beside it, and whether or not the server lives on.
 */
const READERS = 3;
const reader = fc.nat(READERS - 1);
type Step =
  | { readonly kind: 'read'; readonly reader: number; readonly size: number }
  | { readonly kind: 'back'; readonly reader: number; readonly part: number }
  | { readonly kind: 'rewind' | 'reopen' | 'drop'; readonly reader: number }
  | { readonly kind: 'add' | 'remove' | 'rename'; readonly n: number }
  | { readonly kind: 'kill' | 'seal' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), reader, size: fc.constantFrom(280, 600, 2000, 32_768) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('back' as const), reader, part: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rewind' as const, 'reopen' as const, 'drop' as const), reader }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const, 'rename' as const), n: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'seal' as const) }) },
);

/** The program that reads for us: the runtime has no single getdents call. */
class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#child = spawn('python3', [join(projectRoot, 'test/programs/fs-directory.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(...words: (string | number)[]): Promise<string> {
    this.#child.stdin.write(`${words.join(' ')}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${words.join(' ')}: the reading program has ended`);
    return answer.value;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

interface Read {
  readonly name: string;
  readonly cookie: string;
}

/** One open directory: what it read since it was opened or rewound, and what came and went meanwhile. */
class Reader {
  readonly #program: Program;
  readonly #slot: number;
  #read: Read[] = [];
  #stable = new Set<string>();
  #seen = new Set<string>();

  constructor(program: Program, slot: number) {
    this.#program = program;
    this.#slot = slot;
  }

  async open(path: string, names: ReadonlySet<string>): Promise<void> {
    await this.#program.ask('open', this.#slot, path);
    this.#begin(names);
  }

  close(): Promise<string> {
    return this.#program.ask('close', this.#slot);
  }

  async rewind(names: ReadonlySet<string>): Promise<void> {
    await this.#program.ask('seek', this.#slot, 0);
    this.#begin(names);
  }

  drop(): Promise<string> {
    return this.#program.ask('drop', this.#slot);
  }

  /** To behind an entry that was read before. */
  async back(part: number): Promise<void> {
    const at = Math.floor(part * this.#read.length);
    const last = this.#read[at - 1];
    if (last === undefined) return;
    await this.#program.ask('seek', this.#slot, last.cookie);
    this.#read = this.#read.slice(0, at);
  }

  /** One call; at the end all must have been read. */
  async read(size: number): Promise<boolean> {
    const answer = await this.#program.ask('read', this.#slot, size);
    if (answer === '') {
      this.#check();
      return false;
    }
    for (const entry of answer.split(' ')) {
      const [cookie = '', name = ''] = entry.split(':');
      this.#read.push({ name, cookie });
    }
    return true;
  }

  came(name: string): void {
    this.#seen.add(name);
  }

  went(name: string): void {
    this.#stable.delete(name);
  }

  #begin(names: ReadonlySet<string>): void {
    this.#read = [];
    this.#stable = new Set([...names, '.', '..']);
    this.#seen = new Set(this.#stable);
  }

  #check(): void {
    const times = new Map<string, number>();
    for (const { name } of this.#read) times.set(name, (times.get(name) ?? 0) + 1);
    const missed = [...this.#stable].filter((name) => !times.has(name));
    const twice = [...this.#stable].filter((name) => (times.get(name) ?? 0) > 1);
    const made = [...times.keys()].filter((name) => !this.#seen.has(name));
    if (missed.length + twice.length + made.length > 0)
      throw new Error(`reader ${this.#slot}: missed ${missed.join(' ')}; twice ${twice.join(' ')}; never there ${made.join(' ')}`);
  }
}

/** A directory that two layers and the upper have parts of. */
async function fill(view: TestView, path: string): Promise<Set<string>> {
  const names = Array.from({ length: 120 }, (_, at) => `${at}`);
  mkdirSync(path);
  for (const [at, name] of names.entries()) {
    if (at === 40 || at === 80) await view.seal();
    writeFileSync(join(path, name), '');
  }
  return new Set(names);
}

async function run(view: TestView, path: string, names: Set<string>, steps: readonly Step[]): Promise<void> {
  const program = new Program();
  const readers = Array.from({ length: READERS }, (_, slot) => new Reader(program, slot));
  const add = (name: string): void => {
    for (const each of readers) each.came(name);
    names.add(name);
  };
  const remove = (name: string): void => {
    for (const each of readers) each.went(name);
    names.delete(name);
  };
  try {
    for (const each of readers) await each.open(path, names);
    for (const next of steps) {
      if ('n' in next) change(path, names, next.kind, `${next.n}`, { add, remove });
      else if (!('reader' in next)) await view[next.kind]();
      else await asReader(readers[next.reader] as Reader, next, path, names);
    }
    for (const each of readers) while (await each.read(32_768));
  } finally {
    await program.close();
  }
}

async function asReader(each: Reader, next: Extract<Step, { reader: number }>, path: string, names: ReadonlySet<string>): Promise<void> {
  switch (next.kind) {
    case 'read':
      await each.read(next.size);
      return;
    case 'back':
      await each.back(next.part);
      return;
    case 'rewind':
      await each.rewind(names);
      return;
    case 'drop':
      await each.drop();
      return;
    case 'reopen':
      await each.close();
      await each.open(path, names);
  }
}

interface Noting {
  readonly add: (name: string) => void;
  readonly remove: (name: string) => void;
}

function change(path: string, names: ReadonlySet<string>, kind: 'add' | 'remove' | 'rename', name: string, { add, remove }: Noting): void {
  if (kind === 'add' && !names.has(name)) {
    writeFileSync(join(path, name), '');
    add(name);
  } else if (kind === 'remove' && names.has(name)) {
    unlinkSync(join(path, name));
    remove(name);
  } else if (kind === 'rename' && names.has(name) && !names.has(`${name}-`)) {
    renameSync(join(path, name), join(path, `${name}-`));
    add(`${name}-`);
    remove(name);
  }
}

test.serial('a listing holds while the directory changes, for every reader, and when the server is killed', async (t) => {
  t.timeout(LIMIT_MS + 220_000);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), async (steps) => {
      const view = await TestView.mount(true);
      try {
        const path = join(view.work, 'd');
        await run(view, path, await fill(view, path), steps);
        rmSync(path, { recursive: true });
        if (existsSync(path)) throw new Error('not all of it was removed');
      } finally {
        await view.close();
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true, interruptAfterTimeLimit: LIMIT_MS },
  );
  t.pass();
});
