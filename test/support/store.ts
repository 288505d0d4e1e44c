import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { Client } from '../../src/daemon/client.ts';
import { storePaths } from '../../src/paths.ts';
import { endStore } from './end-store.ts';
import type { Operations } from '../../src/types.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Started {
  readonly aid: string;
  readonly state: string;
  readonly pids: { virtual: number; system: number }[];
  readonly ports: { port: number; address: string }[];
  readonly root: string;
  readonly ms: number;
}

/** A store of its own for one test file, spoken to through the command as a person would; `close` leaves nothing behind. */
export class TestStore {
  readonly home: string;
  readonly #env: Record<string, string>;
  readonly #client: Client;

  /** `env`: for every command, and so for the store's programs, which the first one starts. `within`: where its directory is made. */
  constructor(env: Record<string, string> = {}, within = tmpdir()) {
    this.#env = env;
    this.home = mkdtempSync(join(within, 'appshot-test-'));
    const all = { ...process.env, ...env, APPSHOT_HOME: this.home };
    this.#client = new Client({ paths: storePaths(all), env: all });
  }

  /** The daemon's operations themselves: what a command does after it has been parsed, without a process for each. */
  get operations(): Operations {
    return this.#client.operations;
  }

  /** Runs the command; never throws for its exit code. */
  appshot(words: readonly string[], options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number } = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile(
        join(projectRoot, 'bin', 'appshot'),
        [...words],
        {
          env: { ...process.env, APPSHOT_HOME: this.home, NO_COLOR: '1', ...this.#env, ...options.env },
          cwd: options.cwd ?? projectRoot,
          maxBuffer: 64 << 20,
          timeout: options.timeoutMs ?? 120_000,
        },
        (error: ExecFileException | null, stdout, stderr) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
        },
      );
    });
  }

  /** Runs the command and expects it to succeed; its standard output. */
  async ok(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.appshot(words);
    if (code !== 0) throw new Error(`appshot ${words.join(' ')} exited with ${code}: ${stderr || stdout}`);
    return stdout;
  }

  /** The JSON objects that a command with --json prints, one a line. */
  async json<T>(...words: string[]): Promise<T[]> {
    const [command = '', ...rest] = words;
    return (await this.ok(command, '--json', ...rest))
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** `run -d --json`. */
  async run(aid: string, options: readonly string[], command: readonly string[]): Promise<Started> {
    const [started] = await this.json<Started>('run', '-d', '--aid', aid, ...options, '--', ...command);
    if (started === undefined) throw new Error(`run ${aid} printed nothing`);
    return started;
  }

  clone(template: string, ...options: string[]): Promise<Started[]> {
    return this.json<Started>('clone', template, ...options);
  }

  /** `127.0.0.1:N` where the instance's port is reached. */
  async address(aid: string, port: number): Promise<string> {
    const rows = await this.json<{ port: number; address: string }>('ports', aid);
    const found = rows.find((row) => row.port === port);
    if (found === undefined) throw new Error(`${aid} has no port ${port}`);
    return found.address;
  }

  /** Destroys everything, ends the store's programs and removes its directory. Call it also when a test failed. */
  async close(): Promise<void> {
    this.#client.close();
    const aids = (await this.appshot(['ps', '-a', '-q'])).stdout.split('\n').filter((line) => line !== '');
    if (aids.length > 0) await this.appshot(['destroy', ...aids]);
    await this.appshot(['daemon', '--stop']);
    endStore(this.home);
  }
}

/** Retries until it doesn't throw. */
export async function eventually<T>(work: () => Promise<T> | T, limitMs = 60_000): Promise<T> {
  for (const until = Date.now() + limitMs; ;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
