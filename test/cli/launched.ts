import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppshotError } from '../../src/errors.ts';
import type { InstanceStarted, Operations } from '../../src/types.ts';

const program = fileURLToPath(new URL('../../bin/appshot.js', import.meta.url));

/** The command as a process of its own: its streams, signals and exit code are what is tested. */
export function launchCli(argv: readonly string[], env: NodeJS.ProcessEnv, stdio: StdioOptions = 'pipe'): ChildProcess {
  return spawn(process.execPath, [program, ...argv], { env, stdio });
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Instances that are plain processes, with the streams that the daemon would give them. */
export function plainInstances(
  directory: string,
): Partial<Operations> & { readonly destroyed: string[]; readonly stdins: (string | undefined)[] } {
  const children = new Map<string, { child: ChildProcess; end: Promise<number>; log: string }>();
  const destroyed: string[] = [];
  const stdins: (string | undefined)[] = [];
  const get = (aid: string): { child: ChildProcess; end: Promise<number>; log: string } => {
    const found = children.get(aid);
    if (found === undefined) throw new AppshotError('not-found', aid, 'there is no such instance');
    return found;
  };
  return {
    destroyed,
    stdins,
    run({ command: [file = '', ...args], aid = 'app-1', stdin, cwd, env }): Promise<InstanceStarted> {
      stdins.push(stdin);
      const log = join(directory, aid);
      mkdirSync(log, { recursive: true });
      const files = [openSync(stdin ?? '/dev/null', 'r'), openSync(join(log, 'stdout'), 'a'), openSync(join(log, 'stderr'), 'a')];
      const child = spawn(file, args, { stdio: files, cwd, env: { ...process.env, ...env } });
      for (const each of files) closeSync(each);
      const end = new Promise<number>((resolve) => {
        child.once('exit', (code, signal) => {
          resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
        });
      });
      children.set(aid, { child, end, log });
      return new Promise((resolve, reject) => {
        child.once('spawn', () => {
          resolve({ aid, template: null, state: 'running', pids: [], ports: [], root: '/', ms: 1 });
        });
        child.once('error', () => {
          reject(new AppshotError('not-found', `exec ${file}`, 'no such file or directory'));
        });
      });
    },
    wait: async ({ aid }) => ({ code: await get(aid).end }),
    logs: async ({ aid }) => ({ stdout: join(get(aid).log, 'stdout'), stderr: join(get(aid).log, 'stderr') }),
    kill({ aids, signal }) {
      for (const aid of aids) get(aid).child.kill(signal as NodeJS.Signals);
      return Promise.resolve(aids.map((aid) => ({ aid })));
    },
    destroy({ aids }) {
      destroyed.push(...aids);
      return Promise.resolve(aids.map((aid) => ({ aid })));
    },
    exec: ({ command: [program = '', ...args] }) => Promise.resolve({ program, args }),
  };
}
