import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppshotError } from '../errors.ts';

/**
 * Standard input for an instance that runs in the foreground: a FIFO that this process fills. It is held open for reading
 * and writing until the instance has it, so that neither side waits for the other and nothing written is lost.
 */
export class StdinFifo {
  readonly path: string;
  readonly #directory: string;
  #held: number | null;
  #writer: Socket | null = null;

  private constructor(directory: string, path: string) {
    this.#directory = directory;
    this.path = path;
    this.#held = openSync(path, constants.O_RDWR);
  }

  /** Throws AppshotError. */
  static make(): StdinFifo {
    const directory = mkdtempSync(join(tmpdir(), 'appshot-'));
    const path = join(directory, 'stdin');
    const { error, status, stderr } = spawnSync('mkfifo', ['-m', '600', path], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (error === undefined && status === 0) return new StdinFifo(directory, path);
    rmSync(directory, { recursive: true, force: true });
    throw new AppshotError('failed', 'run', `mkfifo ${path}: ${error?.message ?? stderr.trim()}`);
  }

  /** The instance has opened it: from now on what comes from `source` goes in, and its end is the instance's end of file. */
  feed(source: Readable): void {
    // A descriptor of its own that doesn't block: a write that nobody reads must not hold this process at its exit.
    const descriptor = openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK);
    const writer = new Socket({ fd: descriptor, readable: false, writable: true });
    this.#writer = writer;
    this.#release();
    this.#remove(); // both ends have it: whatever ends this process from here on leaves nothing
    writer.on('error', () => {
      source.unpipe(writer);
    });
    source.on('error', () => {
      writer.end();
    });
    source.pipe(writer);
  }

  close(): void {
    this.#release();
    this.#writer?.destroy();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #release(): void {
    if (this.#held !== null) closeSync(this.#held);
    this.#held = null;
  }
}

/** Whether there is anything to pass on: /dev/null and a closed descriptor are what an instance has anyway. */
export function hasInput(descriptor = 0): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isFile() || stats.isSocket() || (stats.isCharacterDevice() && stats.rdev !== NULL_DEVICE);
  } catch {
    return false;
  }
}

/** /dev/null: major 1, minor 3. */
const NULL_DEVICE = (1 << 8) | 3;
