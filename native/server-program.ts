import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError, ControlLine } from './control.ts';

/** How often a request is sent anew to a program that was killed under it: each time a new one has taken over. */
const mostTries = 50;

/**
 * A native program that serves one store and outlives the daemon: connected to when it is there, started when it is not.
 * Throws an Error with the program's name when it can't be started within five seconds.
 */
export class ServerProgram {
  readonly #program: string;
  readonly #socket: string;
  readonly #state: string;
  readonly #log: string;
  readonly #resumes: boolean;
  #line: ControlLine | null = null;
  #connecting: Promise<ControlLine> | null = null;

  /** `resumes`: killed, the program is replaced by one that goes on with its work, so that requests may be sent again. */
  constructor(program: string, socket: string, state: string, log: string, resumes = false) {
    this.#program = program;
    this.#socket = socket;
    this.#state = state;
    this.#log = log;
    this.#resumes = resumes;
  }

  /** `doneBefore`: the errno that a request sent again is refused with when the first one was carried out. */
  async request(verb: string, fields: readonly string[] = [], doneBefore?: number): Promise<string[]> {
    for (let tries = 1; ; tries++) {
      const line = await this.#connected();
      try {
        return await line.request(verb, fields);
      } catch (error) {
        const refused = error instanceof ControlError;
        if (refused && tries > 1 && error.errno === doneBefore) return [];
        if (refused || !this.#resumes || tries === mostTries) throw error;
        await sleep(5);
      }
    }
  }

  /** Connects without starting anything: null when it isn't running. */
  async existing(): Promise<ControlLine | null> {
    if (this.#line !== null && !this.#line.closed) return this.#line;
    return ControlLine.connect(this.#socket).catch(() => null);
  }

  close(): void {
    this.#line?.close();
  }

  /** Ends the program itself, if it runs. */
  async quit(): Promise<void> {
    const line = await this.existing();
    await line?.request('quit').catch(() => []);
    line?.close();
  }

  #connected(): Promise<ControlLine> {
    if (this.#line !== null && !this.#line.closed) return Promise.resolve(this.#line);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<ControlLine> {
    this.#line = await this.existing();
    if (this.#line !== null && !this.#resumes && isOutdated(this.#program, `${this.#socket}.pid`)) {
      await this.quit(); // what it made lives without it
      this.#line = null;
    }
    if (this.#line !== null) return this.#line;
    rmSync(this.#socket, { force: true });
    const log = openSync(this.#log, 'a', 0o600);
    const child = spawn(this.#program, [this.#socket, this.#state], { stdio: ['ignore', 'ignore', log], detached: true, cwd: '/' });
    closeSync(log);
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        if (code !== 0) reject(new Error(`${this.#program} ended with ${String(code)}; see ${this.#log}`));
      });
    });
    failed.catch(() => undefined);
    child.unref();
    return (this.#line = await Promise.race([this.#awaitSocket(), failed]));
  }

  async #awaitSocket(): Promise<ControlLine> {
    for (let tries = 0; tries < 1000; tries++) {
      const line = await ControlLine.connect(this.#socket).catch(() => null);
      if (line !== null) return line;
      await sleep(5);
    }
    throw new Error(`${this.#program} did not answer at ${this.#socket}; see ${this.#log}`);
  }
}

/** True when the program that runs is another file than the one that would be started now: it was built or installed anew since. */
function isOutdated(program: string, pidFile: string): boolean {
  try {
    const running = statSync(`/proc/${readFileSync(pidFile, 'latin1').trim()}/exe`, { bigint: true });
    const present = statSync(program, { bigint: true });
    return running.ino !== present.ino || running.dev !== present.dev;
  } catch {
    return false; // nothing can be said of it
  }
}
