import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, renameSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppshotError } from '../errors.ts';
import { lastLine } from '../last-line.ts';
import { makeStore, type StorePaths } from '../paths.ts';
import { systemWords } from '../system-error.ts';
import { Connection } from './connection.ts';

/** The daemon's exit code when another one serves the store: no failure for whoever wanted one to run. */
export const ALREADY_RUNS = 75;

const PATIENCE_MS = 20_000;
const LOG_LIMIT = 16 * 1024 * 1024;
const TAIL = 8192;

interface StartOptions {
  readonly paths: StorePaths;
  readonly env: NodeJS.ProcessEnv;
  readonly entry: string | null;
  readonly patience?: number;
}

/**
 * Starts the daemon and waits until it answers. Clients at the same moment may each start one: the daemon's own lock
 * lets one live, the others end with ALREADY_RUNS, and every client connects to the one that is left.
 * Throws AppshotError with the log's last words when none comes up in time.
 */
export async function startDaemon({ paths, env, entry, patience = PATIENCE_MS }: StartOptions): Promise<Connection> {
  if (entry === null)
    throw new AppshotError('gone', 'reach the daemon', `nobody answers at ${paths.socket}`, 'start it with appshot daemon');
  const deadline = performance.now() + patience;
  let attempt = launch(paths, env, entry);
  for (let pause = 2; ; pause = Math.min(pause * 2, 25)) {
    const answer = await answering(paths);
    if (answer !== null) {
      // One that lost the race but hasn't noticed yet must not take the lock once the other has been shut down.
      if (answer.pid !== attempt.child.pid) attempt.child.kill();
      return answer.connection;
    }
    const code = attempt.child.exitCode ?? (attempt.child.signalCode === null ? null : -1);
    // The one that held the lock may have been about to end: then it is ours to start one after all.
    if (code === ALREADY_RUNS || code === 0) {
      await sleep(100);
      attempt = launch(paths, env, entry);
    } else if (code !== null)
      throw failure(paths, `it ended with ${code < 0 ? String(attempt.child.signalCode) : `code ${code}`}`, attempt.logStart);
    if (performance.now() > deadline) throw failure(paths, `no answer in ${Math.round(patience / 1000)} s`, attempt.logStart);
    await sleep(pause);
  }
}

async function answering(paths: StorePaths): Promise<{ connection: Connection; pid: number } | null> {
  const connection = await Connection.open(paths.socket, paths.log);
  if (connection === null) return null;
  try {
    const { pid } = (await connection.request('hello', {})) as { pid: number };
    return { connection, pid };
  } catch {
    connection.close();
    return null;
  }
}

function launch(paths: StorePaths, env: NodeJS.ProcessEnv, entry: string): { child: ChildProcess; logStart: number } {
  const log = openLog(paths);
  const logStart = fstatSync(log).size;
  // Its own session and directory, no descriptor of ours: nothing of the client may be held by what outlives it.
  // Node's own options are passed on only where they load TypeScript: others (`-e SCRIPT`) are the client's alone.
  const options = entry.endsWith('.ts') ? process.execArgv : [];
  const child = spawn(process.execPath, [...options, entry], {
    detached: true,
    cwd: '/',
    env: absoluteHome(env),
    stdio: ['ignore', log, log],
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
  return { child, logStart };
}

/** Its working directory is another: a relative APPSHOT_HOME would be another store. */
function absoluteHome(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const home = env['APPSHOT_HOME'];
  return home ? { ...env, APPSHOT_HOME: resolve(home) } : env;
}

function openLog(paths: StorePaths): number {
  try {
    makeStore(paths);
    if ((statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) renameSync(paths.log, `${paths.log}.1`);
    return openSync(paths.log, 'a', 0o600);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new AppshotError(
      denied ? 'permission' : code === 'ENOSPC' ? 'no-space' : 'failed',
      'start the daemon',
      `${path ?? paths.state}: ${systemWords(error)}`,
      denied ? 'set APPSHOT_HOME to a directory of your own' : null,
      { cause: error },
    );
  }
}

function failure(paths: StorePaths, why: string, logStart: number): AppshotError {
  const words = lastWords(paths.log, logStart);
  return new AppshotError('failed', 'start the daemon', words === null ? why : `${why}: ${words}`, `see ${paths.log}`);
}

/** The last line written to the log since `from`, without the logger's wrapping. */
function lastWords(path: string, from: number): string | null {
  try {
    const line = lastLine(path, TAIL, from);
    return line === null ? null : message(line);
  } catch {
    return null;
  }
}

function message(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line.replace(/^appshotd?: (daemon: )?/, '');
  }
}
