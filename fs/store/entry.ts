/** What every file of the mounted store can be asked; a method that an entry lacks is answered with the error that a kernel gives. */

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly ctime: number;
  readonly atime: number;
  readonly rdev: number;
  /** Units of 512 bytes. */
  readonly blocks: number;
}

/** An open file. Every method throws an error with an errno. */
export interface OpenFile {
  /** Fills as much of `buffer` as there is; the number of bytes. */
  read?(buffer: Buffer, position: number): Promise<number>;
  write?(data: Buffer, position: number): Promise<number>;
  /** At every close of a descriptor: the last chance to tell a program that what it wrote is refused. */
  flush?(): Promise<void>;
  sync?(): Promise<void>;
  release(): Promise<void>;
}

export interface Named {
  readonly name: string;
  /** The type bits of a mode, 0 when unknown. */
  readonly type: number;
}

export interface Entry {
  stat(): Promise<Attributes>;
  /** Of a link: its target, unresolved. */
  readlink?(): Promise<string>;
  /** Of a directory: names, or names with their kinds where those are known without looking at each. */
  list?(): Promise<readonly (string | Named)[]>;
  /** Of a directory: null when there is none of that name. */
  child?(name: string): Promise<Entry | null>;
  open?(flags: number): Promise<OpenFile>;
  truncate?(size: number): Promise<void>;
  chmod?(mode: number): Promise<void>;
  chown?(uid: number, gid: number): Promise<void>;
  /** Milliseconds since 1970. */
  utimes?(atime: number, mtime: number): Promise<void>;
  xattrs?(): Promise<readonly (readonly [name: string, value: Buffer])[]>;
  setXattr?(name: string, value: Buffer): Promise<void>;
  /** The rest changes what is in this directory. */
  create?(name: string, mode: number): Promise<OpenFile>;
  mkdir?(name: string, mode: number): Promise<void>;
  symlink?(name: string, target: string): Promise<void>;
  mknod?(name: string, mode: number): Promise<void>;
  unlink?(name: string): Promise<void>;
  rmdir?(name: string): Promise<void>;
  /** Moves `name` of this directory to a name of another. */
  rename?(name: string, to: Entry, toName: string): Promise<void>;
  link?(name: string, from: Entry): Promise<void>;
}

const DIRECTORY = 0o040000;
const REGULAR = 0o100000;

const owned = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, rdev: 0 };

export const directoryAttributes = (time: number, mode = 0o755): Attributes => ({
  ...owned,
  mode: DIRECTORY | mode,
  size: 4096,
  blocks: 8,
  mtime: time,
  ctime: time,
  atime: time,
});

export const fileAttributes = (size: number, time: number, mode: number): Attributes => ({
  ...owned,
  mode: REGULAR | mode,
  size,
  blocks: Math.ceil(size / 512),
  mtime: time,
  ctime: time,
  atime: time,
});
