import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program of the system that speaks plain English. Throws what execFile throws; saidBy() has its words. */
export async function runTool(program: string, args: readonly string[]): Promise<void> {
  await run(program, args, { maxBuffer: 1 << 20, env: { ...process.env, LC_ALL: 'C' } });
}

/** What a program that failed wrote to its standard error. */
export function saidBy(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
}
