import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endServer, freePort, untilListening } from './measure.ts';
import { figures, type Figures, type Scenario } from './scenario.ts';

export const run = promisify(execFile);

/** The peer's program: $CRIU, or the one on the path when it works on this kernel; null otherwise. */
export async function criuProgram(): Promise<string | null> {
  const program = process.env['CRIU'] ?? 'criu';
  return run(program, ['check']).then(
    () => program,
    () => null,
  );
}

export interface CriuFigures {
  /** The whole dump, during which the application stands still, ms. */
  readonly dump: number;
  /** From the restore's start to the first right answer, ms. */
  readonly answered: Figures;
}

export const common = ['--shell-job', '--tcp-established', '--ext-unix-sk', '-v0'];

/** Dumps the natively started application once and restores it `rounds` times, one at a time. Null when it can't. */
export async function measureCriu(program: string, scenario: Scenario, rounds: number): Promise<CriuFigures | null> {
  const port = await freePort();
  const cold = scenario.cold?.(port) ?? null;
  if (cold === null) return null;
  const images = mkdtempSync(join(tmpdir(), 'appshot-bench-criu-'));
  const child = spawn(cold.command[0] ?? '', cold.command.slice(1), { stdio: 'ignore', cwd: cold.cwd, detached: true });
  const address = `127.0.0.1:${port}`;
  try {
    await untilListening(address, child);
    await scenario.warmCold?.(address);
    await scenario.ask(address);
    await sleep(200);
    const from = performance.now();
    await run(program, ['dump', '-t', String(child.pid), '-D', images, ...common]);
    const dump = performance.now() - from;
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const restored = await restoreOnce(program, scenario, images, address);
      times.push(restored.ms);
      await endGroup(restored.pid);
    }
    return { dump, answered: figures(times) };
  } catch (error) {
    process.stderr.write(`criu: ${scenario.name}: ${String(error).split('\n')[0] ?? ''}\n`);
    return null;
  } finally {
    if (child.exitCode === null && child.signalCode === null) await endServer(child); // it was not dumped
    rmSync(images, { recursive: true, force: true });
  }
}

/** Restores the images; the restored application runs on: its first pid, and how long it took to the first right answer. */
export async function restoreOnce(
  program: string,
  scenario: Scenario,
  images: string,
  address: string,
): Promise<{ ms: number; pid: number }> {
  const pidFile = join(images, 'restored.pid');
  rmSync(pidFile, { force: true });
  const from = performance.now();
  await run(program, ['restore', '-D', images, '-d', '--pidfile', pidFile, ...common]);
  await scenario.ask(address);
  return { ms: performance.now() - from, pid: Number(readFileSync(pidFile, 'latin1')) };
}

/** The process and its children. */
export const treeOf = (pid: number): number[] => [
  pid,
  ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
];

/** Until their pids are free again, which a restore needs: for up to 10 s. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; tries < 2000 && pids.some((each) => existsSync(`/proc/${each}`)); tries++) await sleep(5);
}

export async function endGroup(pid: number): Promise<void> {
  const tree = treeOf(pid);
  for (const each of tree) process.kill(each, 'SIGKILL');
  await untilGone(tree);
}
