import { constants } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { answer, answerWith, count, method, type Callback } from './answers.ts';
import type { Attributes, Entry, Named } from './entry.ts';
import { Errno } from './errno.ts';
import { Handles } from './handles.ts';
import type { StoreTree } from './tree.ts';

/** What fuse-native calls: arguments of libfuse 2.9's operations, then a callback. */
export type FuseOperations = Readonly<Record<string, (...args: never[]) => void>>;

type Find = (path: string) => Promise<Entry>;

/** The operations of a mount: paths to entries, handles to open files, failures to their numbers. */
export function fuseOperations(tree: StoreTree, onDisk: string): FuseOperations {
  const find: Find = (path) => tree.find(path);
  return { ...looks(find), ...files(find, new Handles()), ...attributes(find), ...directories(find), ...diskSpace(onDisk) };
}

const looks = (find: Find): FuseOperations => ({
  getattr: (path: string, done: Callback) => {
    answerWith(done, async () => shown(await (await find(path)).stat()));
  },
  readdir: (path: string, done: Callback) => {
    answer(
      done,
      async () => listed(await method(await find(path), 'list', 'ENOTDIR')()),
      (lists: readonly unknown[]) => lists,
    );
  },
  readlink: (path: string, done: Callback) => {
    answerWith(done, async () => method(await find(path), 'readlink', 'EINVAL')());
  },
  getxattr: (path: string, name: string, _position: number, done: Callback) => {
    answerWith(done, async () => {
      const found = (await (await find(path)).xattrs?.())?.find(([each]) => each === name);
      if (found === undefined) throw new Errno('ENODATA');
      return found[1];
    });
  },
  listxattr: (path: string, done: Callback) => {
    answerWith(done, async () => ((await (await find(path)).xattrs?.()) ?? []).map(([name]) => name));
  },
});

const files = (find: Find, handles: Handles): FuseOperations => ({
  open: (path: string, flags: number, done: Callback) => {
    answerWith(done, async () => {
      const entry = await find(path);
      if ((flags & 3) !== 0 && entry.truncate === undefined) throw new Errno('EACCES');
      return handles.add(await method(entry, 'open', 'EACCES')(flags));
    });
  },
  create: (path: string, mode: number, done: Callback) => {
    answerWith(done, async () => {
      const [directory, name] = await parent(find, path);
      return handles.add(await method(directory, 'create', 'EPERM')(name, mode));
    });
  },
  read: (_path: string, handle: number, buffer: Buffer, length: number, position: number, done: Callback) => {
    count(done, async () => (await handles.get(handle).read?.(buffer.subarray(0, length), position)) ?? 0);
  },
  write: (_path: string, handle: number, buffer: Buffer, length: number, position: number, done: Callback) => {
    count(done, async () => method(handles.get(handle), 'write', 'EBADF')(buffer.subarray(0, length), position));
  },
  flush: (_path: string, handle: number, done: Callback) => {
    answer(done, async () => handles.get(handle).flush?.());
  },
  fsync: (_path: string, _data: number, handle: number, done: Callback) => {
    answer(done, async () => handles.get(handle).sync?.());
  },
  release: (_path: string, handle: number, done: Callback) => {
    answer(done, async () => handles.remove(handle).release());
  },
});

const attributes = (find: Find): FuseOperations => ({
  truncate: (path: string, size: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'truncate', 'EACCES')(size));
  },
  ftruncate: (path: string, _handle: number, size: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'truncate', 'EACCES')(size));
  },
  chmod: (path: string, mode: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'chmod', 'EPERM')(mode));
  },
  chown: (path: string, uid: number, gid: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'chown', 'EPERM')(uid, gid));
  },
  utimens: (path: string, atime: number, mtime: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'utimes', 'EPERM')(atime, mtime));
  },
  setxattr: (path: string, name: string, value: Buffer, _position: number, _flags: number, done: Callback) => {
    answer(done, async () => method(await find(path), 'setXattr', 'EOPNOTSUPP')(name, Buffer.from(value)));
  },
  removexattr: (path: string, name: string, done: Callback) => {
    answer(done, async () => {
      const there = (await (await find(path)).xattrs?.())?.some(([each]) => each === name) === true;
      throw new Errno(there ? 'EOPNOTSUPP' : 'ENODATA');
    });
  },
});

const directories = (find: Find): FuseOperations => ({
  mkdir: (path: string, mode: number, done: Callback) => {
    inParent(done, find, path, (directory, name) => method(directory, 'mkdir', 'EPERM')(name, mode));
  },
  mknod: (path: string, mode: number, _device: number, done: Callback) => {
    inParent(done, find, path, (directory, name) => method(directory, 'mknod', 'EPERM')(name, mode));
  },
  symlink: (target: string, path: string, done: Callback) => {
    inParent(done, find, path, (directory, name) => method(directory, 'symlink', 'EPERM')(name, target));
  },
  link: (from: string, path: string, done: Callback) => {
    inParent(done, find, path, async (directory, name) => method(directory, 'link', 'EPERM')(name, await find(from)));
  },
  unlink: (path: string, done: Callback) => {
    inParent(done, find, path, (directory, name) => method(directory, 'unlink', 'EPERM')(name));
  },
  rmdir: (path: string, done: Callback) => {
    inParent(done, find, path, (directory, name) => method(directory, 'rmdir', 'EPERM')(name));
  },
  rename: (from: string, to: string, done: Callback) => {
    answer(done, async () => {
      const [[source, name], [target, newName]] = await Promise.all([parent(find, from), parent(find, to)]);
      await method(source, 'rename', 'EPERM')(name, target, newName);
    });
  },
});

/** Of the disk that the store lies on. */
const diskSpace = (onDisk: string): FuseOperations => ({
  statfs: (_path: string, done: Callback) => {
    answerWith(done, async () => {
      const { bsize, blocks, bfree, bavail, files: all, ffree } = await statfs(onDisk);
      return { bsize, frsize: bsize, blocks, bfree, bavail, files: all, ffree, favail: ffree, fsid: 0, flag: 0, namemax: 255 };
    });
  },
});

async function parent(find: Find, path: string): Promise<[directory: Entry, name: string]> {
  const at = path.lastIndexOf('/');
  return [await find(path.slice(0, at)), path.slice(at + 1)];
}

function inParent(done: Callback, find: Find, path: string, work: (directory: Entry, name: string) => Promise<void>): void {
  answer(done, async () => work(...(await parent(find, path))));
}

/** Names, and beside them attributes of which libfuse passes on the type alone. */
function listed(entries: readonly (string | Named)[]): [names: string[], stats: object[]] {
  const named = entries.map((entry) => (typeof entry === 'string' ? { name: entry, type: 0 } : entry));
  const all = [{ name: '.', type: constants.S_IFDIR }, { name: '..', type: constants.S_IFDIR }, ...named];
  return [all.map(({ name }) => name), all.map(({ type }) => ({ mode: type, mtime: 0, atime: 0, ctime: 0 }))];
}

/** fuse-native cuts inode numbers to 32 bits: two names never count as one file, so that no tool takes two files for one. */
const shown = (found: Attributes): Attributes & { nlink: number; ino: number } => ({ ...found, nlink: 1, ino: 0 });
