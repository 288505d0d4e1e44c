import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';

export const sources = join(projectRoot, 'test/programs/state');

/** Linked statically: the preload library can't be in them. */
const withoutLibrary: ReadonlySet<string> = new Set(['library-of-another']);

/** Every program's name: one C file, one behaviour. */
export function allPrograms(): string[] {
  return readdirSync(sources)
    .filter((file) => file.endsWith('.c'))
    .map((file) => file.slice(0, -2))
    .sort();
}

/** Binaries of the programs, each compiled when it is first asked for, in a directory that `close` removes. */
export class Binaries {
  #directory: string | null = null; // hooks that would remove it don't run where every test is skipped
  readonly #made = new Set<string>();

  path(program: string): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'appshot-state-'));
    const binary = join(this.#directory, program);
    if (this.#made.has(program)) return binary;
    const warnings = ['-std=gnu11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
    const linked = withoutLibrary.has(program) ? ['-static'] : [];
    execFileSync('gcc', [...warnings, ...linked, '-O1', '-pthread', join(sources, `${program}.c`), '-o', binary, '-lrt'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#made.add(program);
    return binary;
  }

  close(): void {
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
  }
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Runs a program without Appshot, tells it to prove its state as soon as it is ready, and waits for its end. */
export function runPlain(binary: string, limitMs = 60_000): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let told = false;
    const hear = (part: Buffer): void => {
      output += part.toString();
      if (!told && /^ready$/m.test(output)) told = child.kill('SIGUSR1');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const timer = setTimeout(() => {
      killGroup(child.pid);
    }, limitMs);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      killGroup(child.pid);
    });
    // Its exit may be heard of before its last words are.
    child.once('close', (code, signal) => {
      resolve({ code, signal, output });
    });
  });
}

/** What a failed program left behind in its process group. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    /* nothing is left of it */
  }
}
