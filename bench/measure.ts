import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operations } from '../src/types.ts';
import { figures, type Figures, type Scenario } from './scenario.ts';

export interface CloneFigures {
  /** From the request's arrival at the daemon to all processes resumed, ms. */
  readonly resumed: Figures;
  /** To the first right answer, counted from the request's sending, ms. */
  readonly answered: Figures;
  /** Unique memory of one idle clone, all its processes counted, bytes. */
  readonly memory: number;
  readonly frozenMs: number;
  readonly commitMs: number;
}

/** Between clones, as between requests for them: long enough for the daemon to have the next root ready. `many` measures without. */
const PAUSE_MS = 200;

/** The application as an instance, in the state that is worth a template. */
export async function startWarm(ops: Operations, scenario: Scenario, aid: string): Promise<void> {
  const started = await ops.run({
    aid,
    command: scenario.command,
    waitFor: { kind: 'port', port: scenario.port },
    cwd: scenario.cwd ?? '/',
    inherit: { PATH: process.env['PATH'] ?? '' },
  });
  const address = addressOf(started.ports, scenario.port);
  await scenario.warm?.(address);
  await scenario.ask(address);
}

/** Starts the application in a store, makes a template of it, and measures `rounds` clones, one at a time. */
export async function measureClones(ops: Operations, scenario: Scenario, rounds: number): Promise<CloneFigures> {
  const aid = `bench-${scenario.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  await startWarm(ops, scenario, aid);
  const committed = await ops.commit({ aid, template: `${aid}-t` });
  const resumed: number[] = [];
  const answered: number[] = [];
  let memory = 0;
  for (let round = 0; round < rounds; round++) {
    await sleep(PAUSE_MS);
    const from = performance.now();
    const [clone] = await ops.clone({ template: `${aid}-t` });
    if (clone === undefined) throw new Error('no clone');
    await scenario.ask(addressOf(clone.ports, scenario.port));
    answered.push(performance.now() - from);
    resumed.push(clone.ms);
    if (round === 0) memory = (await ops.ps({})).find((row) => row.aid === clone.aid)?.memory ?? 0;
    await ops.destroy({ aids: [clone.aid] });
  }
  await ops.destroy({ aids: [aid] });
  await ops.rm({ templates: [`${aid}-t`] });
  return {
    resumed: figures(resumed.slice(1)),
    answered: figures(answered.slice(1)),
    memory,
    frozenMs: committed.frozenMs,
    commitMs: committed.ms,
  };
}

export function addressOf(ports: readonly { port: number; address: string }[], port: number): string {
  const found = ports.find((entry) => entry.port === port);
  if (found === undefined) throw new Error(`port ${port} is not bound`);
  return found.address;
}

/** The peer that everybody has: starting it anew and bringing it into the same state, ms. */
export async function measureCold(scenario: Scenario, rounds: number): Promise<Figures | null> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const port = await freePort();
    const cold = scenario.cold?.(port) ?? null;
    if (cold === null) return null;
    const from = performance.now();
    const child = spawn(cold.command[0] ?? '', cold.command.slice(1), { stdio: 'ignore', cwd: cold.cwd, detached: true });
    const address = `127.0.0.1:${port}`;
    await untilListening(address, child);
    await scenario.warmCold?.(address);
    await scenario.ask(address);
    times.push(performance.now() - from);
    await endServer(child);
  }
  return figures(times);
}

export async function untilListening(address: string, child: ChildProcess): Promise<void> {
  const { createConnection } = await import('node:net');
  const [host = '', port = ''] = address.split(':');
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host, port: Number(port) }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (open) return;
    await sleep(1);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const at = server.address();
      server.close(() => {
        resolve(typeof at === 'object' && at !== null ? at.port : 0);
      });
    });
  });
}

/** How long a server that was asked to end may take, ms. */
const GRACE_MS = 5000;

/** Asked first, as by ^C: a PostgreSQL that is killed leaves its System V memory to the machine. */
export async function endServer(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const ended = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
  signal(pid, 'SIGINT');
  await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
  signal(-pid, 'SIGKILL'); // its whole group: the workers of a server outlive a master that was killed
  await ended;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
