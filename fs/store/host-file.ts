import { constants, lstatSync, type BigIntStats, type Dirent } from 'node:fs';
import {
  chmod,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rmdir,
  symlink,
  truncate,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import type { Attributes, Entry, Named, OpenFile } from './entry.ts';
import { Errno } from './errno.ts';

/** Extended attributes and special files, which Node itself can't make. */
export interface InodeCalls {
  xattrs(path: Buffer): [name: string, value: Buffer][];
  setXattr(path: Buffer, name: string, value: Buffer): void;
  makeNode(path: Buffer, mode: number): void;
}

/** What a passed-through tree is and who is to know of changes. */
export interface HostTree {
  readonly calls: InodeCalls;
  /** Called before every change; throws when the tree may not be changed. */
  touch(): void;
  /** A file was opened for writing; what it answers is called at its close. */
  hold(): () => void;
}

const O_ACCMODE = 3;

/**
 * A file of a directory of this machine, passed through. The kernel has resolved links on the mount's own side before it asks, so
 * none is ever followed here. Paths are bytes: a name that is no text is found by what it is shown as.
 */
export class HostFile implements Entry {
  readonly #tree: HostTree;
  readonly #path: Buffer;
  readonly #hidden: readonly string[];

  /** `hidden`: names in this very directory that are not shown. */
  constructor(tree: HostTree, path: Buffer, hidden: readonly string[] = []) {
    this.#tree = tree;
    this.#path = path;
    this.#hidden = hidden;
  }

  /** At once: a look at one file takes the view server less time than handing it to another thread. */
  async stat(): Promise<Attributes> {
    return attributesOf(lstatSync(this.#path, { bigint: true }));
  }

  readlink(): Promise<string> {
    return readlink(this.#path, 'utf8');
  }

  async list(): Promise<Named[]> {
    const entries = await readdir(this.#path, { encoding: 'buffer', withFileTypes: true });
    const named = entries.map((entry) => ({ name: entry.name.toString('utf8'), type: typeOf(entry) }));
    return this.#hidden.length === 0 ? named : named.filter(({ name }) => !this.#hidden.includes(name));
  }

  async child(name: string): Promise<HostFile | null> {
    if (this.#hidden.includes(name)) return null;
    return new HostFile(this.#tree, await this.#below(name));
  }

  async open(flags: number): Promise<OpenFile> {
    const writes = (flags & O_ACCMODE) !== constants.O_RDONLY;
    if (writes) this.#tree.touch();
    // Without O_APPEND: the kernel says where each write goes.
    return new OpenHostFile(this.#tree, await open(this.#path, (flags & O_ACCMODE) | constants.O_NOFOLLOW), writes);
  }

  async truncate(size: number): Promise<void> {
    this.#tree.touch();
    await truncate(this.#path, size);
  }

  async chmod(mode: number): Promise<void> {
    this.#tree.touch();
    await chmod(this.#path, mode & 0o7777);
  }

  async chown(uid: number, gid: number): Promise<void> {
    this.#tree.touch();
    const now = await lstat(this.#path);
    const unset = 0xffff_ffff;
    await lchown(this.#path, uid === unset ? now.uid : uid, gid === unset ? now.gid : gid);
  }

  async utimes(atime: number, mtime: number): Promise<void> {
    this.#tree.touch();
    await lutimes(this.#path, atime / 1000, mtime / 1000);
  }

  async xattrs(): Promise<[string, Buffer][]> {
    return this.#tree.calls.xattrs(this.#path).filter(([name]) => !name.startsWith('trusted.overlay.'));
  }

  async setXattr(name: string, value: Buffer): Promise<void> {
    this.#tree.touch();
    this.#tree.calls.setXattr(this.#path, name, value);
  }

  async create(name: string, mode: number): Promise<OpenFile> {
    this.#tree.touch();
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return new OpenHostFile(this.#tree, await open(await this.#below(name), flags, mode & 0o7777), true);
  }

  async mkdir(name: string, mode: number): Promise<void> {
    this.#tree.touch();
    await mkdir(await this.#below(name), { mode: mode & 0o7777 });
  }

  async symlink(name: string, target: string): Promise<void> {
    this.#tree.touch();
    await symlink(target, await this.#below(name));
  }

  async mknod(name: string, mode: number): Promise<void> {
    this.#tree.touch();
    if ((mode & constants.S_IFMT) === constants.S_IFCHR || (mode & constants.S_IFMT) === constants.S_IFBLK) throw new Errno('EPERM');
    this.#tree.calls.makeNode(await this.#below(name), mode);
  }

  async unlink(name: string): Promise<void> {
    this.#tree.touch();
    await unlink(await this.#below(name));
  }

  async rmdir(name: string): Promise<void> {
    this.#tree.touch();
    await rmdir(await this.#below(name));
  }

  async rename(name: string, to: Entry, toName: string): Promise<void> {
    if (!(to instanceof HostFile) || to.#tree !== this.#tree) throw new Errno('EXDEV');
    this.#tree.touch();
    await rename(await this.#below(name), await to.#below(toName));
  }

  async link(name: string, from: Entry): Promise<void> {
    if (!(from instanceof HostFile) || from.#tree !== this.#tree) throw new Errno('EXDEV');
    this.#tree.touch();
    await link(from.#path, await this.#below(name));
  }

  async #below(name: string): Promise<Buffer> {
    const shownAs = name.includes('\ufffd') ? await readdir(this.#path, { encoding: 'buffer' }) : [];
    const stored = shownAs.find((each) => each.toString('utf8') === name) ?? Buffer.from(name);
    return Buffer.concat([this.#path, Buffer.from('/'), stored]);
  }
}

class OpenHostFile implements OpenFile {
  readonly #tree: HostTree;
  readonly #handle: FileHandle;
  readonly #letGo: () => void;

  constructor(tree: HostTree, handle: FileHandle, writes: boolean) {
    this.#tree = tree;
    this.#handle = handle;
    this.#letGo = writes ? tree.hold() : () => undefined;
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(data: Buffer, position: number): Promise<number> {
    this.#tree.touch();
    return (await this.#handle.write(data, 0, data.length, position)).bytesWritten;
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  async release(): Promise<void> {
    this.#letGo();
    await this.#handle.close();
  }
}

function typeOf(entry: Dirent<Buffer>): number {
  if (entry.isFile()) return constants.S_IFREG;
  if (entry.isDirectory()) return constants.S_IFDIR;
  if (entry.isSymbolicLink()) return constants.S_IFLNK;
  if (entry.isFIFO()) return constants.S_IFIFO;
  return entry.isSocket() ? constants.S_IFSOCK : 0;
}

const milliseconds = (nanoseconds: bigint): number => Math.max(0, Number(nanoseconds / 1_000_000n));

function attributesOf(stat: BigIntStats): Attributes {
  return {
    mode: Number(stat.mode),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: Number(stat.size),
    rdev: Number(BigInt.asUintN(32, stat.rdev)),
    blocks: Number(stat.blocks),
    mtime: milliseconds(stat.mtimeNs),
    ctime: milliseconds(stat.ctimeNs),
    atime: milliseconds(stat.atimeNs),
  };
}
