import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppshotError } from './errors.ts';
import { GrowingText } from './growing-text.ts';
import { lastLine } from './last-line.ts';
import type { WaitFor } from './types.ts';

export interface WaitTarget {
  readonly aid: string;
  /** `from`: where this life of it begins; an earlier one may have written to the same file. */
  readonly logs: readonly { readonly file: string; readonly from: number }[];
  /** Where the instance's virtual port is reached on the host, or null while it isn't bound. */
  portAddress(port: number): { host: string; port: number } | null;
  /** Program and arguments that run a shell command inside. */
  shell(command: string): { program: string; args: readonly string[] };
  /** Exit code once the main process has ended. */
  ended(): number | null;
}

const POLL_MS = 5;
const LIMIT_MS = 120_000;
/** Of the end of a log, in bytes. */
const WORDS = 400;

/** Resolves once the instance is ready. Throws 'gone' when it ends before, 'timeout' after two minutes. */
export async function waitUntilReady(target: WaitTarget, condition: WaitFor, limitMs = LIMIT_MS): Promise<void> {
  const until = Date.now() + limitMs;
  const check = checks(target, condition, () => Date.now() > until || target.ended() !== null);
  for (;;) {
    if (await check()) return;
    const code = target.ended();
    if (code !== null) throw notReady(target, 'gone', `it ended with ${code} before it was ready`);
    if (Date.now() > until) throw notReady(target, 'timeout', `not ready after ${limitMs / 1000} s`);
    await sleep(condition.kind === 'exec' ? 50 : POLL_MS);
  }
}

/** The instance is removed, and its log with it: what it said last is all that a person will see of that. */
function notReady({ aid, logs }: WaitTarget, code: 'gone' | 'timeout', why: string): AppshotError {
  const words = logs.map(({ file, from }) => lastLine(file, WORDS, from)?.trim()).findLast((line) => line !== undefined);
  const said = words === undefined ? 'it had said nothing' : `its last words: ${words}`;
  return new AppshotError(code, `run ${aid}`, `${why}; ${said}`, `without --wait-for it stays, for appshot logs ${aid}`);
}

/** `over`: nothing needs to be waited for any more. */
function checks(target: WaitTarget, condition: WaitFor, over: () => boolean): () => Promise<boolean> {
  if (condition.kind === 'log') {
    const pattern = new RegExp(condition.pattern, 'm');
    const logs = target.logs.map(({ file, from }) => new GrowingText(file, from));
    return () => Promise.resolve(logs.some((log) => log.grown((text) => pattern.test(text))));
  }
  if (condition.kind === 'port')
    return () => {
      const address = target.portAddress(condition.port);
      return address === null ? Promise.resolve(false) : connects(address);
    };
  return () => succeeds(target.shell(condition.command), over);
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

/** A command that doesn't come to its end is ended once it is over, and has not succeeded. */
function succeeds(command: { program: string; args: readonly string[] }, over: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, { stdio: 'ignore' });
    const watch = setInterval(() => {
      if (over()) child.kill('SIGKILL');
    }, 50);
    const done = (succeeded: boolean): void => {
      clearInterval(watch);
      resolve(succeeded);
    };
    child.once('error', () => {
      done(false);
    });
    child.once('exit', (code) => {
      done(code === 0);
    });
  });
}
