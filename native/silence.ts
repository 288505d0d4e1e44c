import type { ChildProcess } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/** A program has hung that is found unchanged so many times in a row, so many ms apart. */
export const patience = { looks: 60, everyMs: 2000 };

/**
 * Watches a child that is to get on by itself, and kills it when it shows no sign of that any more: it has used no processor time, and
 * its file has not grown. Looks are counted, not seconds: a machine or a daemon that stood still meanwhile is not held against it.
 */
export class Silence {
  /** Whether it was ended for it. */
  lasted = false;
  readonly #child: ChildProcess;
  readonly #file: string | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(child: ChildProcess, file: string | null) {
    this.#child = child;
    this.#file = file;
    this.begin();
    child.once('close', () => {
      this.end();
    });
  }

  /** From now on it is to get on by itself. */
  begin(): void {
    this.end();
    let quiet = 0;
    let seen = this.#signs();
    this.#timer = setInterval(() => {
      const now = this.#signs();
      quiet = now === seen ? quiet + 1 : 0;
      seen = now;
      if (quiet < patience.looks) return;
      this.end();
      this.lasted = true;
      this.#child.kill('SIGKILL');
    }, patience.everyMs);
    this.#timer.unref();
  }

  /** It waits for somebody. */
  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  get words(): string {
    return `the dumper did not get on for ${(patience.looks * patience.everyMs) / 1000} s and was ended`;
  }

  #signs(): string {
    const size = this.#file === null ? 0 : (statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0);
    return `${size} ${processorTime(this.#child.pid)}`;
  }
}

/** In ticks, of all its threads together; nothing when it is gone. */
function processorTime(pid: number | undefined): string {
  try {
    const stat = readFileSync(`/proc/${pid ?? 0}/stat`, 'latin1');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .join(' ');
  } catch {
    return '';
  }
}
