import { spawn } from 'node:child_process';

/** Null when the program ended with 0, else its own words or why it couldn't be run. */
export function attempt(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? `${program} is not installed` : error.message);
    });
    child.on('close', (code) => {
      resolve(code === 0 ? null : words.trim().split('\n').at(-1) || `${program} ended with ${String(code)}`);
    });
  });
}
