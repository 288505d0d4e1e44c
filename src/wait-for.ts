import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppshotError } from './errors.ts';
import type { WaitFor } from './types.ts';

export interface WaitTarget {
  readonly aid: string;
  readonly logs: readonly string[];
  /** Where the instance's virtual port is reached on the host, or null while it isn't bound. */
  portAddress(port: number): { host: string; port: number } | null;
  /** Program and arguments that run a shell command inside. */
  shell(command: string): { program: string; args: readonly string[] };
  /** Exit code once the main process has ended. */
  ended(): number | null;
}

const POLL_MS = 5;
const LIMIT_MS = 120_000;

/** Resolves once the instance is ready. Throws 'gone' when it ends before, 'timeout' after two minutes. */
export async function waitUntilReady(target: WaitTarget, condition: WaitFor): Promise<void> {
  const check = checks(target, condition);
  const until = Date.now() + LIMIT_MS;
  for (;;) {
    if (await check()) return;
    const code = target.ended();
    if (code !== null)
      throw new AppshotError('gone', `run ${target.aid}`, `it ended with ${code} before it was ready`, `see appshot logs ${target.aid}`);
    if (Date.now() > until)
      throw new AppshotError('timeout', `run ${target.aid}`, `not ready after ${LIMIT_MS / 1000} s`, `see appshot logs ${target.aid}`);
    await sleep(condition.kind === 'exec' ? 50 : POLL_MS);
  }
}

function checks(target: WaitTarget, condition: WaitFor): () => Promise<boolean> {
  if (condition.kind === 'log') {
    const pattern = new RegExp(condition.pattern, 'm');
    return () => Promise.resolve(target.logs.some((file) => pattern.test(readFileSync(file, 'utf8'))));
  }
  if (condition.kind === 'port')
    return () => {
      const address = target.portAddress(condition.port);
      return address === null ? Promise.resolve(false) : connects(address);
    };
  return () => succeeds(target.shell(condition.command));
}

function connects(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function succeeds(command: { program: string; args: readonly string[] }): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, { stdio: 'ignore' });
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
}
