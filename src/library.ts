import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { programs } from '../native/programs.ts';
import type { StorePaths } from './paths.ts';

/**
 * The store's copies of the preload library, one a version. Templates hold processes that have it mapped: a library that is replaced
 * in place would change under all of them, so each version keeps a name of its own for as long as the store stands. So does the file that makes
 * the loader load it: a view that was mounted before an upgrade has the versions of that time alone.
 */
export class Library {
  readonly #directory: string;
  readonly #current: string;

  /** Copies today's library into the store unless it is there. Throws what copying throws. */
  constructor(paths: StorePaths, library = programs.preload) {
    this.#directory = join(paths.data, 'lib');
    mkdirSync(this.#directory, { recursive: true, mode: 0o755 });
    const digest = createHash('sha256').update(readFileSync(library)).digest('hex').slice(0, 16);
    this.#current = `libappshot-${digest}.so`;
    const target = join(this.#directory, this.#current);
    if (!existsSync(target)) {
      const temporary = `${target}.${process.pid}`;
      copyFileSync(library, temporary);
      chmodSync(temporary, 0o755);
      renameSync(temporary, target);
    }
    writeFileSync(this.#list, `${hostPreload()}${inView(this.#current)}\n`, { mode: 0o644 });
  }

  get #list(): string {
    return join(this.#directory, `${this.#current}.preload`);
  }

  /** What exists in every view only: each version of the library, and the file that makes the loader load today's. */
  injected(): (readonly [path: string, hostFile: string])[] {
    const versions = readdirSync(this.#directory).filter((name) => name.endsWith('.so'));
    return [...versions.map((name) => [inView(name), join(this.#directory, name)] as const), ['/etc/ld.so.preload', this.#list]];
  }
}

const inView = (name: string): string => `/.appshot/${basename(name)}`;

/** Libraries that the host itself has every program load stay in force. */
function hostPreload(): string {
  const file = '/etc/ld.so.preload';
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() + '\n' : '';
}
