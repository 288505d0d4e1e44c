/** The mirror of native/shared/image.h: its constants. The structures stand in structs.ts; docs/IMAGE.md is the prose. */

export const IMAGE_MAGIC = Buffer.from('APPSHOT\x01', 'latin1');
export const IMAGE_VERSION = 4;

/** enum record_mark: how a clone treats a resource (FIG. 8, steps 362-388). */
export const MARKS = {
  none: 0,
  shared: 1,
  'copy-on-write': 2,
  duplicate: 3,
  virtualize: 4,
  multiplex: 5,
  allocate: 6,
  rule: 7,
} as const;
export type Mark = keyof typeof MARKS;

/** enum record_type. */
export const RECORD_TYPES = {
  pages: 1,
  process: 2,
  thread: 3,
  sigactions: 4,
  sigpending: 5,
  vmas: 6,
  extents: 7,
  fds: 8,
  itimers: 9,
  posix_timer: 10,
  auxv: 11,
  shmem: 12,
  sysv_shm: 13,
  sysv_sem: 14,
  sysv_msg: 15,
  rule: 16,
  rlimits: 17,
  cgroups: 18,
  locks: 19,
  posix_mq: 20,
  owner: 21,
  peer: 22,
  file: 32,
  pipe: 33,
  socket: 34,
  epoll: 35,
  eventfd: 36,
  timerfd: 37,
  signalfd: 38,
  inotify: 39,
  stdio: 40,
  pidfd: 41,
  mq_open: 42,
  terminal: 43,
  aio: 56,
  parts: 57,
  ids: 70,
  held: 71,
  clocks: 84,
  typed: 85,
  notification: 86,
  settings: 87,
  policies: 88,
  names: 89,
  ipc_limit: 90,
  seccomp: 58,
  socket_filter: 59,
} as const;
export type RecordType = keyof typeof RECORD_TYPES;

/** From the one to the other they are open file descriptions, whose ids are unique over all of them. */
export const FIRST_DESCRIPTION_TYPE = RECORD_TYPES.file;
export const LAST_DESCRIPTION_TYPE = 55;
export const isDescription = (kind: RecordType): boolean =>
  RECORD_TYPES[kind] >= FIRST_DESCRIPTION_TYPE && RECORD_TYPES[kind] <= LAST_DESCRIPTION_TYPE;

export const PROCESS_ZOMBIE = 1;
export const PROCESS_HAS_ARENA = 2;
export const PROCESS_STOPPED = 4;
export const PROCESS_NO_NEW_PRIVS = 8;
export const PROCESS_CHILD_SUBREAPER = 16;
export const PROCESS_KEEPCAPS = 32;
export const PROCESS_LOCKS_FUTURE = 64;
export const PROCESS_LEADER_ENDED = 128;
export const PROCESS_LOCKS_ON_FAULT = 256;
export const PROCESS_BARRIERS_SHIFT = 16;

export const VMA_ANON = 0;
export const VMA_FILE_PRIVATE = 1;
export const VMA_FILE_SHARED = 2;
export const VMA_SHMEM = 3;
export const VMA_SYSV_SHM = 4;
export const VMA_VDSO = 5;
export const VMA_ARENA_TABLE = 6;
export const VMA_AIO = 7;

export const VMA_ADVICE_DONTFORK = 1;
export const VMA_ADVICE_WIPEONFORK = 2;
export const VMA_ADVICE_DONTDUMP = 4;
export const VMA_ADVICE_HUGEPAGE = 8;
export const VMA_ADVICE_NOHUGEPAGE = 16;
export const VMA_ADVICE_MERGEABLE = 32;
export const VMA_ADVICE_RANDOM = 64;
export const VMA_ADVICE_SEQUENTIAL = 128;

export const EXTENT_COPY = 1;

export const SOCKET_UNBOUND = 0;
export const SOCKET_BOUND = 1;
export const SOCKET_LISTENING = 2;
export const SOCKET_CONNECTED = 3;

export const RESTORER_BASE = 0x4d0000000000n;
export const RESTORER_END = 0x4d0100000000n;

/** native/shared/arena.h */
export const ARENA_BASE = 0x4e0000000000n;
export const ARENA_SIZE = 0x40000n;
export const ARENA_MAGIC = 0x616e657261707061n;
export const ARENA_VERSION = 4;
export const ARENA_RANGES = 2048;
export const ARENA_ENV_SLOTS = 64;
export const ARENA_ENV_SIZE = 1024;

/** The name of a type or mark by its number, undefined for a number that means nothing. */
export const recordTypeName = inverse<RecordType>(RECORD_TYPES);
export const markName = inverse<Mark>(MARKS);

function inverse<N extends string>(numbers: Readonly<Record<N, number>>): (value: number) => N | undefined {
  const names = new Map((Object.keys(numbers) as N[]).map((name) => [numbers[name], name]));
  return (value) => names.get(value);
}
