/** One codec for each type of record. */
import { encodeStruct } from '../struct.ts';
import type { Bodies } from './bodies.ts';
import { encodeMany, many, nothing, one, padded, whole, type Codec } from './codec.ts';
import type { Cursor } from './cursor.ts';
import type { RecordType } from './layout.ts';
import * as s from './structs.ts';

const thread: Codec<Bodies['thread']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageThread);
    return { state, xsave: Buffer.from(cursor.bytes(state.xsaveSize, 'XSAVE state')) };
  },
  write: ({ state, xsave }) => Buffer.concat([encodeStruct(s.imageThread, { ...state, xsaveSize: xsave.length }), xsave]),
};

const SIGINFO_SIZE = 128;
const sigpending: Codec<Bodies['sigpending']> = {
  read: (cursor) => {
    const found: Buffer[] = [];
    while (cursor.left > 0) found.push(Buffer.from(cursor.bytes(SIGINFO_SIZE, 'siginfo_t')));
    return found;
  },
  write: (body) => Buffer.concat(body),
};

const shmem: Codec<Bodies['shmem']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageShmem);
    return { state, extents: cursor.structs(s.imageExtent, state.extentCount) };
  },
  write: ({ state, extents }) =>
    Buffer.concat([encodeStruct(s.imageShmem, { ...state, extentCount: extents.length }), encodeMany(s.imageExtent, extents)]),
};

const sysvSem: Codec<Bodies['sysv_sem']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageSysvSem);
    return { state, values: cursor.numbers('u16', 2, state.nsems) };
  },
  write: ({ state, values }) =>
    Buffer.concat([encodeStruct(s.imageSysvSem, { ...state, nsems: values.length }), Buffer.from(Uint16Array.from(values).buffer)]),
};

interface Message {
  readonly type: bigint;
  readonly bytes: Buffer;
}
function readMessages(cursor: Cursor, count: number): Message[] {
  const messages: Message[] = [];
  while (messages.length < count) {
    const { type, size } = cursor.struct(s.message);
    messages.push({ type, bytes: Buffer.from(cursor.bytes(size, 'message')) });
    cursor.pad();
  }
  return messages;
}
const encodeMessages = (messages: readonly Message[]): Buffer =>
  Buffer.concat(messages.flatMap(({ type, bytes }) => [encodeStruct(s.message, { type, size: BigInt(bytes.length) }), padded(bytes)]));

const sysvMsg: Codec<Bodies['sysv_msg']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageSysvMsg);
    return { state, messages: readMessages(cursor, state.count) };
  },
  write: ({ state, messages }) =>
    Buffer.concat([encodeStruct(s.imageSysvMsg, { ...state, count: messages.length }), encodeMessages(messages)]),
};

const posixMq: Codec<Bodies['posix_mq']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageMqueue);
    return { state, messages: readMessages(cursor, state.count) };
  },
  write: ({ state, messages }) =>
    Buffer.concat([encodeStruct(s.imageMqueue, { ...state, count: messages.length }), encodeMessages(messages)]),
};

const rule: Codec<string> = { read: (cursor) => cursor.bytes(cursor.left, 'text').toString('utf8'), write: (body) => Buffer.from(body) };

const cgroups: Codec<readonly number[]> = {
  read: (cursor) => {
    if (cursor.left % 4 !== 0) throw cursor.fault('a part of a group id');
    return cursor.numbers('i32', 4, cursor.left / 4);
  },
  write: (body) => Buffer.from(Int32Array.from(body).buffer),
};

/** A file without a name and a named pipe bring theirs; a memfd's are an object of their own. */
const hasContents = (unlinked: number): boolean => unlinked === 1 || unlinked === 3;

const file: Codec<Bodies['file']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageFile);
    return { state, contents: Buffer.from(cursor.bytes(hasContents(state.unlinked) ? state.size : 0, 'contents of the file')) };
  },
  write: ({ state, contents }) =>
    Buffer.concat([encodeStruct(s.imageFile, hasContents(state.unlinked) ? { ...state, size: BigInt(contents.length) } : state), contents]),
};

/** The bytes in flight stand with the read end alone: the write end may say how many there are without holding them. */
const pipe: Codec<Bodies['pipe']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imagePipe);
    return { state, bytes: Buffer.from(cursor.left === 0 ? cursor.bytes(0, 'data') : cursor.bytes(state.size, 'data of the pipe')) };
  },
  write: ({ state, bytes }) =>
    Buffer.concat([encodeStruct(s.imagePipe, bytes.length === 0 ? state : { ...state, size: BigInt(bytes.length) }), bytes]),
};

const socket: Codec<Bodies['socket']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageSocket);
    const options = cursor.structs(s.imageSocketOption, state.optionsCount);
    return { state, options, bytes: Buffer.from(cursor.bytes(state.size, 'queued bytes')) };
  },
  write: ({ state, options, bytes }) =>
    Buffer.concat([
      encodeStruct(s.imageSocket, { ...state, optionsCount: options.length, size: BigInt(bytes.length) }),
      encodeMany(s.imageSocketOption, options),
      bytes,
    ]),
};

const epoll: Codec<Bodies['epoll']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageEpoll);
    return { state, items: cursor.structs(s.imageEpollItem, state.count) };
  },
  write: ({ state, items }) =>
    Buffer.concat([encodeStruct(s.imageEpoll, { ...state, count: items.length }), encodeMany(s.imageEpollItem, items)]),
};

const inotify: Codec<Bodies['inotify']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageInotify);
    const watches: { wd: number; mask: number; path: Buffer }[] = [];
    while (watches.length < state.count) {
      const { wd, mask, pathSize } = cursor.struct(s.imageInotifyWatch);
      watches.push({ wd, mask, path: Buffer.from(cursor.bytes(pathSize, 'path')) });
      cursor.pad();
    }
    return { state, watches };
  },
  write: ({ state, watches }) =>
    Buffer.concat([
      encodeStruct(s.imageInotify, { ...state, count: watches.length }),
      ...watches.flatMap(({ wd, mask, path }) => [encodeStruct(s.imageInotifyWatch, { wd, mask, pathSize: path.length }), padded(path)]),
    ]),
};

const terminal: Codec<Bodies['terminal']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageTerminal);
    return { state, bytes: Buffer.from(cursor.bytes(state.size, 'output of the terminal')) };
  },
  write: ({ state, bytes }) => Buffer.concat([encodeStruct(s.imageTerminal, { ...state, size: BigInt(bytes.length) }), bytes]),
};

const aio: Codec<Bodies['aio']> = {
  read: (cursor) => {
    const rings: Bodies['aio'][number][] = [];
    while (cursor.left > 0) {
      const state = cursor.struct(s.imageAio);
      rings.push({ state, events: cursor.structs(s.imageAioEvent, state.count) });
    }
    return rings;
  },
  write: (rings) =>
    Buffer.concat(
      rings.flatMap(({ state, events }) => [
        encodeStruct(s.imageAio, { ...state, count: events.length }),
        encodeMany(s.imageAioEvent, events),
      ]),
    ),
};

const STEP_SIZE = 8;
const seccomp: Codec<Bodies['seccomp']> = {
  read: (cursor) => {
    const filters: Bodies['seccomp'][number][] = [];
    while (cursor.left > 0) {
      const state = cursor.struct(s.imageFilter);
      filters.push({ state, code: Buffer.from(cursor.bytes(state.count * STEP_SIZE, 'program of the filter')) });
    }
    return filters;
  },
  write: (filters) =>
    Buffer.concat(filters.flatMap(({ state, code }) => [encodeStruct(s.imageFilter, { ...state, count: code.length / STEP_SIZE }), code])),
};

const typed: Codec<Bodies['typed']> = {
  read: (cursor) => {
    const lines: Bodies['typed'][number][] = [];
    while (cursor.left > 0) {
      const state = cursor.struct(s.imageTyped);
      lines.push({ state, bytes: Buffer.from(cursor.bytes(state.size, 'typed line')) });
      cursor.pad();
    }
    return lines;
  },
  write: (lines) =>
    Buffer.concat(lines.flatMap(({ state, bytes }) => [encodeStruct(s.imageTyped, { ...state, size: bytes.length }), padded(bytes)])),
};

const parts: Codec<Bodies['parts']> = {
  read: (cursor) => {
    const found: Bodies['parts'][number][] = [];
    while (cursor.left > 0) {
      const state = cursor.struct(s.imagePart);
      found.push({ state, descriptions: cursor.numbers('u32', 4, state.count) });
      cursor.pad();
    }
    return found;
  },
  write: (found) =>
    Buffer.concat(
      found.flatMap(({ state, descriptions }) => [
        encodeStruct(s.imagePart, { ...state, count: descriptions.length }),
        padded(Buffer.from(Uint32Array.from(descriptions).buffer)),
      ]),
    ),
};

const ids: Codec<Bodies['ids']> = {
  read: (cursor) => {
    const state = cursor.struct(s.imageIds);
    return { state, words: cursor.structs(s.imageId, state.count) };
  },
  write: ({ state, words }) => Buffer.concat([encodeStruct(s.imageIds, { ...state, count: words.length }), encodeMany(s.imageId, words)]),
};

export const codecs: { readonly [T in RecordType]: Codec<Bodies[T]> } = {
  pages: nothing,
  process: one(s.imageProcess),
  thread,
  sigactions: many(s.imageSigaction, 64),
  sigpending,
  vmas: many(s.imageVma),
  extents: many(s.imageExtent),
  fds: many(s.imageFd),
  itimers: many(s.itimerval, 3),
  posix_timer: one(s.imagePosixTimer),
  auxv: many(s.auxiliary),
  shmem,
  sysv_shm: one(s.imageSysvShm),
  sysv_sem: sysvSem,
  sysv_msg: sysvMsg,
  rule,
  rlimits: many(s.rlimit, 16),
  cgroups,
  locks: many(s.imageLock),
  posix_mq: posixMq,
  owner: one(s.imageOwner),
  peer: nothing,
  file,
  pipe,
  socket,
  epoll,
  eventfd: one(s.imageEventfd),
  timerfd: one(s.imageTimerfd),
  signalfd: one(s.imageSignalfd),
  inotify,
  stdio: whole,
  pidfd: one(s.imageFile),
  mq_open: one(s.imageFile),
  terminal,
  aio,
  parts,
  ids,
  held: many(s.imageHeld),
  clocks: one(s.imageClocks),
  names: one(s.imageNames),
  typed,
  notification: many(s.imageNotification),
  settings: many(s.imageSetting),
  policies: many(s.imagePolicy),
  seccomp,
  socket_filter: whole,
  ipc_limit: whole,
};
