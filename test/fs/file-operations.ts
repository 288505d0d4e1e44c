import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';

/** One thing that a program does to a tree. Paths are relative to it; `slot` names one of four open files. */
export type Operation =
  | { readonly kind: 'write' | 'append' | 'truncate' | 'chmod' | 'chown' | 'utimes'; readonly path: string; readonly n: number }
  | { readonly kind: 'mkdir' | 'rmdir' | 'unlink' | 'readdir'; readonly path: string }
  | { readonly kind: 'rename' | 'link' | 'symlink' | 'copy'; readonly path: string; readonly to: string }
  | { readonly kind: 'open'; readonly path: string; readonly slot: number; readonly flags: number }
  | { readonly kind: 'fd-write' | 'fd-read' | 'fd-truncate'; readonly slot: number; readonly n: number }
  | { readonly kind: 'fd-stat' | 'close'; readonly slot: number };

const slots = 4;
const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const slot = fc.nat(slots - 1);
const flags = fc.constantFrom(
  constants.O_RDONLY,
  constants.O_RDWR,
  constants.O_WRONLY,
  constants.O_RDWR | constants.O_CREAT,
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  constants.O_RDWR | constants.O_TRUNC,
);
const onPath = <K extends string>(...kinds: K[]): fc.Arbitrary<{ kind: K; path: string; n: number }> =>
  fc.record({ kind: fc.constantFrom(...kinds), path, n: fc.nat(20_000) });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: onPath('write', 'append', 'truncate', 'chmod', 'chown', 'utimes') },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('mkdir', 'rmdir', 'unlink', 'readdir'), path }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('rename', 'link', 'symlink', 'copy'), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const), path, slot, flags }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('fd-write', 'fd-read', 'fd-truncate'), slot, n: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('fd-stat', 'close'), slot }) },
);

/** A tree and the files that are open in it. */
export class Tree {
  /** Whether `fd-stat` tells the count of links. */
  tellsLinks = true;
  readonly #root: string;
  readonly #open = new Map<number, number>();
  readonly #readers = new Set<number>();

  constructor(root: string) {
    this.#root = root;
  }

  /** What the operation came to, in words that are the same for two trees that behave the same. */
  apply(operation: Operation): string {
    try {
      return this.#run(operation) ?? 'done';
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      return code;
    }
  }

  closeAll(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  closeReaders(): void {
    for (const slot of this.#readers) this.apply({ kind: 'close', slot });
  }

  #run(op: Operation): string | undefined {
    if (op.kind === 'open') return this.#openFile(op.path, op.slot, op.flags);
    if ('slot' in op) return this.#onDescriptor(op);
    const at = join(this.#root, op.path);
    if ('to' in op) {
      const to = join(this.#root, op.to);
      if (op.kind === 'rename') renameSync(at, to);
      else if (op.kind === 'link') linkSync(at, to);
      else if (op.kind === 'copy') copyFileSync(at, to);
      else symlinkSync(op.path, to);
      return undefined;
    }
    if (!('n' in op)) {
      if (op.kind === 'readdir') return readdirSync(at).toSorted().join(' ');
      ({ mkdir: mkdirSync, rmdir: rmdirSync, unlink: unlinkSync })[op.kind](at);
      return undefined;
    }
    this.#change(op.kind, at, op.n);
    return undefined;
  }

  #change(kind: 'write' | 'append' | 'truncate' | 'chmod' | 'chown' | 'utimes', at: string, n: number): void {
    if (kind === 'write') writeFileSync(at, text(n));
    else if (kind === 'append') appendFileSync(at, text(n % 100));
    else if (kind === 'truncate') truncateSync(at, n);
    else if (kind === 'chmod') chmodSync(at, 0o600 | (n & 0o177));
    else if (kind === 'chown') chownSync(at, n % 1000, n % 77);
    else lutimesSync(at, n, n);
  }

  #openFile(path: string, slot: number, flags: number): string | undefined {
    if (this.#open.has(slot)) return 'taken';
    this.#open.set(slot, openSync(join(this.#root, path), flags, 0o644));
    if (flags === constants.O_RDONLY) this.#readers.add(slot);
    return undefined;
  }

  #onDescriptor(op: Extract<Operation, { slot: number }>): string | undefined {
    const fd = this.#open.get(op.slot);
    if (fd === undefined) return 'not open';
    if (op.kind === 'fd-write') writeSync(fd, text(op.n % 300), (op.n * 7) % 30_000);
    else if (op.kind === 'fd-truncate') ftruncateSync(fd, op.n);
    else if (op.kind === 'fd-stat') {
      const { nlink, size, mode, uid, gid } = fstatSync(fd);
      return fstatSync(fd).isDirectory() ? 'directory' : `${this.tellsLinks ? nlink : '-'} ${size} ${mode.toString(8)} ${uid} ${gid}`;
    } else if (op.kind === 'fd-read') {
      const bytes = Buffer.alloc(op.n);
      return bytes.subarray(0, readSync(fd, bytes, 0, op.n, 0)).toString('latin1');
    } else if (op.kind === 'close') {
      this.#open.delete(op.slot);
      this.#readers.delete(op.slot);
      closeSync(fd);
    }
    return undefined;
  }
}

/** `n` bytes, or fewer, that tell of `n`. */
function text(n: number): string {
  return `${n}.`.repeat(n % 1000).slice(0, n);
}
