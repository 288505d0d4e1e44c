import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';

const sources = join(projectRoot, 'test/programs/vproc');

export interface Ending {
  readonly code: number;
  readonly output: string;
}

/** Names of the programs that check one group of calls each. */
export const groupPrograms = (): string[] =>
  readdirSync(sources)
    .filter((file) => file.endsWith('.c'))
    .map((file) => file.slice(0, -2))
    .sort();

/** The programs of test/programs/vproc, compiled in a directory that `close` removes. */
export class Compiled {
  readonly directory = mkdtempSync(join(tmpdir(), 'appshot-vproc-'));

  /** `headers`: where `shared/` is looked for. `more`: further flags, and another binary for each set of them. */
  make(program: string, headers = join(projectRoot, 'native'), more: readonly string[] = []): string {
    const binary = join(this.directory, [program.replaceAll('/', '-'), ...more].join(''));
    const flags = ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-pthread', '-Wall', '-Wextra', '-Werror', '-I', headers, ...more];
    execFileSync('gcc', [...flags, join(sources, `${program}.c`), '-o', binary, '-lrt'], { stdio: ['ignore', 'ignore', 'inherit'] });
    return binary;
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs a program without Appshot; both outputs together. */
export function runPlain(binary: string, limitMs = 60_000): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(binary, [], { timeout: limitMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, output: stdout + stderr });
    });
  });
}
