/** What FIG. 8's standard criteria ask of a resource, answered for each type of record. */
import type { Bodies, ImageRecord } from './bodies.ts';
import { SOCKET_BOUND, SOCKET_CONNECTED, SOCKET_LISTENING, VMA_FILE_SHARED } from './layout.ts';

export interface Traits {
  /** More than one process may see it change, or all may use the same one unchanged. */
  readonly shared: boolean;
  readonly modifiable: boolean;
  /** Large, and with an object underneath that can stay where it is: mapped memory, a file in a layer. */
  readonly underlying: boolean;
  /** Its identifier can stand for one resource only, on one machine. */
  readonly systemUnique: boolean;
  /** A client outside depends on the identifier. */
  readonly exported: boolean;
  /** Its identifier can stand for one resource only, on the whole network. */
  readonly networkUnique: boolean;
}

const NONE: Traits = { shared: false, modifiable: false, underlying: false, systemUnique: false, exported: false, networkUnique: false };
const PRIVATE_STATE: Traits = { ...NONE, modifiable: true };
const SYSTEM_ID: Traits = { ...NONE, systemUnique: true };
const SHARED_SYSTEM_ID: Traits = { ...NONE, shared: true, modifiable: true, systemUnique: true };

const O_ACCMODE = 3;
const AF_UNIX = 1;

export function traitsOf(record: ImageRecord): Traits {
  switch (record.kind) {
    case 'process':
    case 'thread':
    case 'pidfd':
      return SYSTEM_ID;
    case 'sysv_shm':
    case 'sysv_sem':
    case 'sysv_msg':
      return SHARED_SYSTEM_ID;
    case 'vmas':
      return { ...NONE, modifiable: true, underlying: true, shared: record.body.some((vma) => vma.kind === VMA_FILE_SHARED) };
    case 'extents':
      return { ...NONE, modifiable: true, underlying: true };
    case 'shmem':
      return { ...NONE, shared: true, modifiable: true }; // a shared mapping can't be copied on write between instances
    case 'file':
      return fileTraits(record.body);
    case 'socket':
      return socketTraits(record.name, record.body);
    case 'pipe':
    case 'epoll':
    case 'eventfd':
    case 'timerfd':
    case 'signalfd':
    case 'inotify':
    case 'posix_timer':
    case 'posix_mq':
    case 'mq_open':
    case 'terminal':
    case 'stdio':
      return PRIVATE_STATE;
    case 'aio':
    case 'parts':
    case 'seccomp':
    case 'socket_filter':
    case 'pages':
    case 'sigactions':
    case 'sigpending':
    case 'fds':
    case 'itimers':
    case 'auxv':
    case 'rule':
    case 'rlimits':
    case 'cgroups':
    case 'locks':
    case 'owner':
    case 'peer':
    case 'ids':
    case 'held':
    case 'clocks':
    case 'names':
    case 'ipc_limit':
    case 'typed':
    case 'notification':
    case 'settings':
    case 'policies':
      return NONE;
  }
}

function fileTraits({ state }: Bodies['file']): Traits {
  const modifiable = (state.flags & O_ACCMODE) !== 0 || state.unlinked !== 0;
  return { ...NONE, shared: !modifiable, modifiable, underlying: state.unlinked === 0 };
}

function socketTraits(name: string, { state }: Bodies['socket']): Traits {
  const named = state.family === AF_UNIX ? name !== '' : state.virtualPort !== 0;
  const open = state.state === SOCKET_LISTENING || (state.state === SOCKET_BOUND && state.listener === 0);
  const outside = state.state === SOCKET_CONNECTED && state.peer === 0;
  return {
    ...NONE,
    modifiable: true,
    systemUnique: named,
    exported: named && open && state.family !== AF_UNIX,
    networkUnique: state.family !== AF_UNIX && !outside && isOwnAddress(state.address.subarray(0, state.addressSize)),
  };
}

/** Bound to an address of this machine's own on the network: neither to all, nor to loopback. */
function isOwnAddress(address: Buffer): boolean {
  const ip = address.length >= 28 ? address.subarray(8, 24) : address.subarray(4, 8);
  if (ip.length === 0 || ip.every((byte) => byte === 0)) return false;
  const mapped = ip.length === 16 && ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
  const four = mapped ? ip.subarray(12) : ip;
  if (four.length === 4) return four[0] !== 127 && four.some((byte) => byte !== 0);
  return !(ip.subarray(0, 15).every((byte) => byte === 0) && ip[15] === 1);
}
