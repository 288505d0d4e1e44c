import type { Readable, Writable } from 'node:stream';

/** What a command sees of the process it runs in. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export function processIo(): Io {
  return {
    // Opening standard input has effects of its own (a terminal's mode): only commands that read it touch it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: workingDirectory(),
  };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/'; // It was removed.
  }
}

/** Resolves once what was written so far has left the process. */
export function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else
      stream.write('', () => {
        resolve();
      });
  });
}
