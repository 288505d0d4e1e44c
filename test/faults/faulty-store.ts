/** A store whose dumper or restorer can be made to fail at one system call, or to be killed there. */
import type { ExecutionContext } from 'ava';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, programs } from '../../native/programs.ts';
import { AppshotError, type Appshot } from '../../src/appshot.ts';
import { storePaths, type StorePaths } from '../../src/paths.ts';
import { endStore } from '../support/end-store.ts';
import { childrenOf } from '../support/processes.ts';
import { askOnce } from '../support/talk.ts';

const EVERY = process.env['APPSHOT_FAULTS'] === undefined ? null : Number(process.env['APPSHOT_FAULTS']);
export const ERRORS: readonly number[] = [5, 12, 24]; // EIO, ENOMEM, EMFILE
export const KILLED = -9;

/** Which fault: the Nth system call of all, of those with these numbers alone, or the Nth answer of a call that the dumper has others make. `error`: an errno, or KILLED. */
export interface Fault {
  readonly n: number;
  readonly error: number;
  readonly only?: readonly number[];
  readonly answers?: true;
}

/** How many system calls there were, and the number of the one that failed; -1: none did. */
export interface Report {
  readonly count: number;
  readonly call: number;
}

const words = ({ n, error, only, answers }: Fault, report: string): string[] => [
  ...(answers === undefined ? [] : ['answers']),
  ...(only === undefined ? [] : [`only=${only.join(',')}`]),
  String(n),
  String(error),
  report,
];

export class FaultyStore {
  readonly home = mkdtempSync(join(tmpdir(), 'appshot-test-faults-'));
  readonly paths: StorePaths = storePaths({ APPSHOT_HOME: this.home });
  readonly #injector = join(this.home, 'inject');
  readonly #report = join(this.home, 'report');
  readonly #dumper = programs.dump;

  constructor() {
    const source = join(projectRoot, 'test/programs/faults/inject.c');
    execFileSync('gcc', ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-o', this.#injector, source]);
  }

  close(): void {
    this.soundDumper();
    endStore(this.home);
  }

  soundDumper(): void {
    Object.assign(programs, { dump: this.#dumper });
  }

  faultyDumper(fault: Fault): void {
    const wrapper = join(this.home, 'dumper');
    rmSync(this.#report, { force: true });
    writeFileSync(wrapper, `#!/bin/sh\nexec ${this.#injector} ${words(fault, this.#report).join(' ')} -- ${this.#dumper} "$@"\n`);
    chmodSync(wrapper, 0o755);
    Object.assign(programs, { dump: wrapper });
  }

  /** Of the dumper that was the last to end, or the restorer that was the last to be let go. */
  reported(): Report {
    const [count = 0, call = -1] = existsSync(this.#report) ? readFileSync(this.#report, 'latin1').trim().split(' ').map(Number) : [];
    return { count, call };
  }

  /** Joins the forge; resolves once every call of its children is looked at, to what lets go of them. */
  async faultyForge(fault: Fault): Promise<() => Promise<Report>> {
    rmSync(this.#report, { force: true });
    await this.#shelfIsFull();
    const child = spawn(this.#injector, [...words(fault, this.#report), ...this.#forgeAndSpares().map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      return this.reported();
    };
  }

  mounts(): number {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${this.home}/`)).length;
  }

  get #forgePid(): number {
    return Number(readFileSync(join(this.home, 'run/forge.sock.pid'), 'latin1'));
  }

  /** The forge, and the inits that wait for an order: those that have no processes yet. */
  #forgeAndSpares(): number[] {
    return [this.#forgePid, ...childrenOf(this.#forgePid).filter((pid) => childrenOf(pid).length === 0)];
  }

  /** Resolves once no clone is being made ahead: what fails next is to be the one that is asked for. */
  async #shelfIsFull(): Promise<void> {
    let before = '';
    for (let same = 0; same < 4;) {
      await sleep(50);
      const now = childrenOf(this.#forgePid).join(' ');
      same = now === before ? same + 1 : 0;
      before = now;
    }
  }
}

/** Which calls are made to fail: all, or about so many spread over them. */
export function points(count: number, about = 24): number[] {
  const step = EVERY ?? Math.max(1, Math.floor(count / about));
  return Array.from({ length: Math.floor(count / step) }, (_, i) => 1 + i * step);
}

export const answer = async (address: string): Promise<number> => Number((await askOnce(address, '', /^(\d+)\n/))[1]);

/** What it was refused with, or null. Throws what is no AppshotError. */
export async function failure(work: Promise<unknown>): Promise<AppshotError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof AppshotError) return error;
    throw error;
  }
}

/** Whether a clone of the template is made and answers; what is wrong with it, or null. */
export async function wrongWith(appshot: Appshot, template: string): Promise<string | null> {
  try {
    const [clone] = await appshot.clone({ template });
    const address = clone?.ports[0]?.address;
    const wrong = address === undefined ? 'a clone without its port' : await answer(address).then(() => null, String);
    await appshot.destroy({ aids: [clone?.aid ?? ''] });
    return wrong;
  } catch (error) {
    return String(error);
  }
}

/** What went wrong at each point: the points behind it are tried too. */
export class Problems {
  readonly #found: string[] = [];

  /** Throws nothing: what `work` throws is kept, with `what` had failed. */
  async at(t: ExecutionContext, what: () => string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#found.push(`${what()}: ${String(error)}`);
      t.log(this.#found.at(-1) ?? '');
    }
  }

  get count(): number {
    return this.#found.length;
  }

  check(t: ExecutionContext): void {
    t.deepEqual(this.#found, []);
  }
}

export function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** `system call 7 of 300 (number 0) failing with 5: no error`. */
export const told = ({ n, error }: Fault, count: number, call: number, refused: AppshotError | null): string =>
  `system call ${n} of ${count} (number ${call}) failing with ${error}: ${refused?.message ?? 'no error'}`;

/** Everything of a store is taken away, however far a test has come. */
export async function clear(appshot: Appshot): Promise<void> {
  await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
  await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
}
