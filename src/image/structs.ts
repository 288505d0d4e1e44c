/** The mirror of native/shared/image.h: its structures, in the order of that file. */
import { struct, type ValueOf } from '../struct.ts';

export const imageHeader = struct('image_header', {
  magic: { bytes: 8 },
  version: 'u32',
  headerSize: 'u32',
  recordsSize: 'u64',
  recordCount: 'u32',
  pageSize: 'u32',
  pagesSize: 'u64',
  xcr0: 'u64',
  cpuFeatures: { list: 'u64', length: 4 },
  kernelRelease: { text: 64 },
  cpuVendor: { text: 16 },
  recordsSha256: { bytes: 32 },
  pagesSha256: { bytes: 32 },
  mainPid: 'u32',
  processCount: 'u32',
  threadCount: 'u32',
  pageCount: 'u32',
  createdNs: 'u64',
  monotonicNs: 'u64',
  headerSha256: { bytes: 32 },
});
export const recordHeader = struct('record_header', { nameSize: 'u32', descriptorSize: 'u32', type: 'u16', mark: 'u16', id: 'u32' });

export const imageProcess = struct('image_process', {
  pid: 'u32',
  ppid: 'u32',
  pgid: 'u32',
  sid: 'u32',
  flags: 'u32',
  exitCode: 'i32',
  exitSignal: 'i32',
  pdeathSignal: 'i32',
  exeFile: 'u32',
  cwdFile: 'u32',
  rootFile: 'u32',
  umask: 'u32',
  personality: 'u32',
  dumpable: 'u32',
  oomScoreAdj: 'u32',
  loginuid: 'u32',
  startCode: 'u64',
  endCode: 'u64',
  startData: 'u64',
  endData: 'u64',
  startBrk: 'u64',
  brk: 'u64',
  startStack: 'u64',
  argStart: 'u64',
  argEnd: 'u64',
  envStart: 'u64',
  envEnd: 'u64',
  vdsoStart: 'u64',
  vvarStart: 'u64',
  vvarVclockStart: 'u64',
  vdsoSize: 'u64',
  vvarSize: 'u64',
  vvarVclockSize: 'u64',
});
export const imageThread = struct('image_thread', {
  pid: 'u32',
  tid: 'u32',
  regs: { list: 'u64', length: 27 },
  sigmask: 'u64',
  altstackSp: 'u64',
  altstackSize: 'u64',
  altstackFlags: 'u32',
  niceBiased: 'u32',
  robustList: 'u64',
  robustListSize: 'u64',
  rseqAddress: 'u64',
  rseqSize: 'u32',
  rseqSignature: 'u32',
  clearChildTid: 'u64',
  uid: { list: 'u32', length: 4 },
  gid: { list: 'u32', length: 4 },
  capInheritable: 'u64',
  capPermitted: 'u64',
  capEffective: 'u64',
  capBounding: 'u64',
  capAmbient: 'u64',
  securebits: 'u32',
  schedPolicy: 'u32',
  schedPriority: 'u32',
  schedFlags: 'u32',
  affinity: { list: 'u64', length: 4 },
  timerslackNs: 'u64',
  comm: { text: 16 },
  xsaveSize: 'u32',
  flags: 'u32',
});
export const imageFilter = struct('image_filter', { count: 'u32', flags: 'u32' });
export const imageSigaction = struct('image_sigaction', { handler: 'u64', flags: 'u64', restorer: 'u64', mask: 'u64' });
export const imageVma = struct('image_vma', {
  start: 'u64',
  end: 'u64',
  fileOffset: 'u64',
  kind: 'u32',
  prot: 'u32',
  mapFlags: 'u32',
  advice: 'u32',
  fileId: 'u32',
  fileWritable: 'u32',
});
export const imageExtent = struct('image_extent', { start: 'u64', len: 'u64', offset: 'u64', image: 'u32', flags: 'u32' });
export const imageAio = struct('image_aio', { start: 'u64', nr: 'u32', head: 'u32', tail: 'u32', count: 'u32' });
export const imageAioEvent = struct('image_aio_event', { data: 'u64', iocb: 'u64', result: 'i64', result2: 'i64' });
export const imageFd = struct('image_fd', { fd: 'i32', cloexec: 'u32', description: 'u32', unused: 'u32' });
export const imageLock = struct('image_lock', {
  fd: 'i32',
  exclusive: 'u32',
  start: 'u64',
  end: 'u64',
  ofDescription: 'u32',
  unused: 'u32',
});
export const imageOwner = struct('image_owner', { type: 'i32', pid: 'i32', signum: 'i32', async: 'u32' });
export const imageFile = struct('image_file', {
  flags: 'u32',
  mode: 'u32',
  pos: 'u64',
  size: 'u64',
  unlinked: 'u32',
  lock: 'u32',
  owner: imageOwner,
  uid: 'u32',
  gid: 'u32',
});
export const imagePipe = struct('image_pipe', { pipe: 'u32', flags: 'u32', capacity: 'u64', size: 'u64', packet: 'u32', unused: 'u32' });
export const imageSocket = struct('image_socket', {
  family: 'u32',
  type: 'u32',
  protocol: 'u32',
  flags: 'u32',
  state: 'u32',
  peer: 'u32',
  backlog: 'u32',
  virtualPort: 'u16',
  optionsCount: 'u16',
  address: { bytes: 32 },
  addressSize: 'u32',
  shutdown: 'u32',
  peerAddress: { bytes: 32 },
  peerAddressSize: 'u32',
  listener: 'u32',
  size: 'u64',
  nameAsIs: 'u32',
  peerPid: 'u32',
  peerUid: 'u32',
  peerGid: 'u32',
});
export const imageSender = struct('image_sender', { pid: 'u32', uid: 'u32', gid: 'u32', unused: 'u32' });
export const imagePart = struct('image_part', { at: 'u64', who: imageSender, count: 'u32', unused: 'u32' });
export const imageSocketOption = struct('image_socket_option', {
  level: 'u32',
  name: 'u32',
  size: 'u32',
  unused: 'u32',
  value: { bytes: 32 },
});
export const imageEpoll = struct('image_epoll', { flags: 'u32', count: 'u32', ownerPid: 'u32', polling: 'u32' });
export const imageEpollItem = struct('image_epoll_item', { fd: 'i32', events: 'u32', data: 'u64' });
export const imageEventfd = struct('image_eventfd', { count: 'u64', flags: 'u32', semaphore: 'u32' });
export const imageTimerfd = struct('image_timerfd', {
  clock: 'u32',
  flags: 'u32',
  ticks: 'u64',
  valueNs: 'i64',
  intervalNs: 'i64',
  settimeFlags: 'u32',
  unused: 'u32',
});
export const imageSignalfd = struct('image_signalfd', { mask: 'u64', flags: 'u32', unused: 'u32' });
export const imageTerminal = struct('image_terminal', {
  index: 'u32',
  flags: 'u32',
  slave: 'u32',
  session: 'u32',
  foreground: 'u32',
  locked: 'u32',
  packet: 'u32',
  exclusive: 'u32',
  hungUp: 'u32',
  uid: 'u32',
  gid: 'u32',
  mode: 'u32',
  rows: 'u16',
  columns: 'u16',
  width: 'u16',
  height: 'u16',
  settings: { bytes: 48 },
  size: 'u64',
});
export const imageInotify = struct('image_inotify', { flags: 'u32', count: 'u32' });
export const imageInotifyWatch = struct('image_inotify_watch', { wd: 'i32', mask: 'u32', pathSize: 'u32', unused: 'u32' });
export const imagePosixTimer = struct('image_posix_timer', {
  id: 'i32',
  clock: 'i32',
  notify: 'i32',
  signum: 'i32',
  sigval: 'u64',
  notifyTid: 'i32',
  overrun: 'i32',
  valueNs: 'i64',
  intervalNs: 'i64',
});
export const imageShmem = struct('image_shmem', { size: 'u64', seals: 'u32', memfdFlags: 'u32', extentCount: 'u32', unused: 'u32' });
export const imageSysvIpc = struct('image_sysv_ipc', { key: 'i32', uid: 'u32', gid: 'u32', cuid: 'u32', cgid: 'u32', mode: 'u32' });
export const imageSysvShm = struct('image_sysv_shm', { ipc: imageSysvIpc, size: 'u64', shmem: 'u32', removed: 'u32' });
export const imageSysvSem = struct('image_sysv_sem', { ipc: imageSysvIpc, nsems: 'u32', unused: 'u32' });
export const imageSysvMsg = struct('image_sysv_msg', { ipc: imageSysvIpc, qbytes: 'u64', count: 'u32', unused: 'u32' });

/** The start of struct arena: what tells whose process it is. The rest is between the library, the dumper and the restorer. */
export const arenaHead = struct('arena', {
  magic: 'u64',
  version: 'u32',
  generation: 'u32',
  leave: 'u64',
  sigsysHandler: 'u64',
  sigsysRestorer: 'u64',
  rawSyscall: 'u64',
  table: 'u64',
  agentSyscall: 'u64',
  directStart: 'u64',
  directLength: 'u64',
  rangeCount: 'u32',
  envCount: 'u32',
});
export const arenaRange = struct('arena_range', { start: 'u64', end: 'u64' });

/** Not structures of ours: as the kernel has them, or as a comment in image.h says. */
export const itimerval = struct('itimerval', { intervalSec: 'i64', intervalUsec: 'i64', valueSec: 'i64', valueUsec: 'i64' });
export const auxiliary = struct('auxiliary', { type: 'u64', value: 'u64' });
export const rlimit = struct('rlimit', { soft: 'u64', hard: 'u64' });
export const imageNames = struct('image_names', { host: { text: 64 }, domain: { text: 64 } });
export const imageClocks = struct('image_clocks', { monotonicNs: 'u64', boottimeNs: 'u64' });
export const imageTyped = struct('image_typed', { size: 'u32', end: 'u32' });
export const imageNotification = struct('image_notification', {
  fd: 'i32',
  notify: 'u32',
  signum: 'i32',
  unused: 'u32',
  value: 'u64',
  cookie: { bytes: 32 },
});
export const imageSetting = struct('image_setting', { what: 'u32', unused: 'u32', value: 'u64' });
export const imagePolicy = struct('image_policy', { start: 'u64', end: 'u64', mode: 'u32', unused: 'u32', nodes: 'u64' });
export const imageIds = struct('image_ids', { base: 'u32', count: 'u32' });
export const imageId = struct('image_id', { word: 'u64', slot: 'u32', unused: 'u32' });
export const imageHeld = struct('image_held', { address: 'u64', tid: 'u32', unused: 'u32' });
export const imageMqueue = struct('image_mqueue', {
  uid: 'u32',
  gid: 'u32',
  mode: 'u32',
  unlinked: 'u32',
  maxMessages: 'u64',
  messageSize: 'u64',
  count: 'u32',
  unused: 'u32',
});
export const message = struct('message', { type: 'i64', size: 'u64' });

export type ImageHeader = ValueOf<typeof imageHeader>;
export type ImageVma = ValueOf<typeof imageVma>;
export type ImageExtent = ValueOf<typeof imageExtent>;
