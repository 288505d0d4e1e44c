import { spawn } from 'node:child_process';
import type { StorePaths } from '../paths.ts';
import type { DoctorRow } from '../types.ts';
import type { Capabilities } from './capability-set.ts';

/** What the checks know before they begin. */
export interface Machine {
  readonly paths: StorePaths;
  readonly env: NodeJS.ProcessEnv;
  readonly kernel: KernelVersion;
  readonly capabilities: Capabilities;
}

export type Check = (machine: Machine) => DoctorRow | Promise<DoctorRow>;

export const good = (check: string, detail: string): DoctorRow => ({ check, ok: true, detail, remedy: null });
export const bad = (check: string, detail: string, remedy: string): DoctorRow => ({ check, ok: false, detail, remedy });

export class KernelVersion {
  readonly release: string;
  readonly #major: number;
  readonly #minor: number;

  constructor(release: string) {
    this.release = release;
    const [major = 0, minor = 0] = release.split('.').map((part) => parseInt(part, 10));
    this.#major = major;
    this.#minor = minor;
  }

  atLeast(major: number, minor: number): boolean {
    return this.#major > major || (this.#major === major && this.#minor >= minor);
  }
}

/** Null when the program ended with 0, else its own words or why it couldn't be run. */
export function attempt(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? `${program} is not installed` : error.message);
    });
    child.on('close', (code) => {
      resolve(code === 0 ? null : words.trim().split('\n').at(-1) || `${program} ended with ${String(code)}`);
    });
  });
}
