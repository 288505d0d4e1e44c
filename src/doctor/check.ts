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
