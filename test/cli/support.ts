import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import { DaemonServer } from '../../src/daemon/server.ts';
import { makeStore, storePaths, type StorePaths } from '../../src/paths.ts';
import type { Operations } from '../../src/types.ts';
import { fakeOperations } from '../daemon/fake-operations.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface World {
  readonly home: string;
  readonly paths: StorePaths;
  readonly env: NodeJS.ProcessEnv;
  /** What the daemon was asked, without the greetings. */
  readonly calls: [op: string, arg: unknown][];
  /** Runs the command in this process, against the fake daemon of this world. */
  run(argv: readonly string[], options?: { terminal?: boolean; env?: NodeJS.ProcessEnv; cwd?: string; stdin?: string }): Promise<Outcome>;
}

/** A store of its own with a daemon at its door that serves `some` operations; all of it is gone when the test ends. */
export async function makeWorld(t: { teardown: (end: () => Promise<void>) => void }, some: Partial<Operations> = {}): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  const env = { PATH: process.env['PATH'], APPSHOT_HOME: home };
  const paths = storePaths(env);
  makeStore(paths);
  const operations = fakeOperations(some);
  const silent = { info: () => undefined, error: () => undefined };
  const server = await DaemonServer.listen({ paths, operations, log: silent, onShutdown: () => undefined });
  t.teardown(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    home,
    paths,
    env,
    calls: operations.calls,
    async run(argv, options = {}) {
      const stdout = new Sink(options.terminal === true);
      const stderr = new Sink(options.terminal === true);
      const stdin = Readable.from(options.stdin === undefined ? [] : [options.stdin]);
      const code = await main(argv, { stdin, stdout, stderr, env: { ...env, ...options.env }, cwd: options.cwd ?? '/srv' });
      return { code, stdout: stdout.text, stderr: stderr.text };
    },
  };
}

class Sink extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
