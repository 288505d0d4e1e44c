/** What the data of each type of record is, decoded. Counts and sizes that only say how much follows are kept in step by the writer. */
import type { ValueOf } from '../struct.ts';
import type { RecordType } from './layout.ts';
import type * as s from './structs.ts';

type V<S> = ValueOf<S>;

export interface Bodies {
  pages: null;
  process: V<typeof s.imageProcess>;
  thread: { readonly state: V<typeof s.imageThread>; readonly xsave: Buffer };
  sigactions: readonly V<typeof s.imageSigaction>[];
  /** siginfo_t of 128 bytes each. */
  sigpending: readonly Buffer[];
  vmas: readonly V<typeof s.imageVma>[];
  extents: readonly V<typeof s.imageExtent>[];
  fds: readonly V<typeof s.imageFd>[];
  itimers: readonly V<typeof s.itimerval>[];
  posix_timer: V<typeof s.imagePosixTimer>;
  auxv: readonly V<typeof s.auxiliary>[];
  shmem: { readonly state: V<typeof s.imageShmem>; readonly extents: readonly V<typeof s.imageExtent>[] };
  sysv_shm: V<typeof s.imageSysvShm>;
  sysv_sem: { readonly state: V<typeof s.imageSysvSem>; readonly values: readonly number[] };
  sysv_msg: { readonly state: V<typeof s.imageSysvMsg>; readonly messages: readonly { readonly type: bigint; readonly bytes: Buffer }[] };
  /** The rule's text. */
  rule: string;
  rlimits: readonly V<typeof s.rlimit>[];
  /** Supplementary groups. */
  cgroups: readonly number[];
  locks: readonly V<typeof s.imageLock>[];
  peer: null;
  owner: V<typeof s.imageOwner>;
  posix_mq: { readonly state: V<typeof s.imageMqueue>; readonly messages: readonly { readonly type: bigint; readonly bytes: Buffer }[] };
  /** Contents of a file without a name, else empty. */
  file: { readonly state: V<typeof s.imageFile>; readonly contents: Buffer };
  pipe: { readonly state: V<typeof s.imagePipe>; readonly bytes: Buffer };
  socket: { readonly state: V<typeof s.imageSocket>; readonly options: readonly V<typeof s.imageSocketOption>[]; readonly bytes: Buffer };
  epoll: { readonly state: V<typeof s.imageEpoll>; readonly items: readonly V<typeof s.imageEpollItem>[] };
  eventfd: V<typeof s.imageEventfd>;
  timerfd: V<typeof s.imageTimerfd>;
  signalfd: V<typeof s.imageSignalfd>;
  inotify: {
    readonly state: V<typeof s.imageInotify>;
    readonly watches: readonly { readonly wd: number; readonly mask: number; readonly path: Buffer }[];
  };
  stdio: Buffer;
  pidfd: V<typeof s.imageFile>;
  mq_open: V<typeof s.imageFile>;
  /** With each the ids of the open files that came with its first byte. */
  parts: readonly { readonly state: V<typeof s.imagePart>; readonly descriptions: readonly number[] }[];
  /** With each its program, 8 bytes a step; the oldest first. */
  seccomp: readonly { readonly state: V<typeof s.imageFilter>; readonly code: Buffer }[];
  /** A program, 8 bytes a step. */
  socket_filter: Buffer;
  aio: readonly { readonly state: V<typeof s.imageAio>; readonly events: readonly V<typeof s.imageAioEvent>[] }[];
  clocks: V<typeof s.imageClocks>;
  names: V<typeof s.imageNames>;
  /** The text below /proc/sys. */
  ipc_limit: Buffer;
  /** What was typed and is not read yet, line by line. */
  typed: readonly { readonly state: V<typeof s.imageTyped>; readonly bytes: Buffer }[];
  notification: readonly V<typeof s.imageNotification>[];
  settings: readonly V<typeof s.imageSetting>[];
  policies: readonly V<typeof s.imagePolicy>[];
  held: readonly V<typeof s.imageHeld>[];
  /** Words of the source's table (native/shared/id-words.h). */
  ids: { readonly state: V<typeof s.imageIds>; readonly words: readonly V<typeof s.imageId>[] };
  terminal: { readonly state: V<typeof s.imageTerminal>; readonly bytes: Buffer };
}

/** A record as it stands in a file, its data not yet looked into. */
export interface RawRecord {
  /** Of the record header, from the start of the file. */
  readonly offset: number;
  readonly kind: RecordType;
  readonly mark: number;
  readonly id: number;
  readonly name: Buffer;
  readonly data: Buffer;
}

interface RecordOf<K extends RecordType> extends Omit<RawRecord, 'kind' | 'name'> {
  readonly kind: K;
  /** As text; `nameBytes` are exact where they are no UTF-8. */
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly body: Bodies[K];
}
export type ImageRecord = { [K in RecordType]: RecordOf<K> }[RecordType];
