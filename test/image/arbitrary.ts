/** Arbitrary records of every type, from the descriptions of the structures themselves. */
import fc, { type Arbitrary } from 'fast-check';
import { RECORD_TYPES, type Bodies, type Mark, type NewRecord, type RecordType, MARKS } from '../../src/image/index.ts';
import * as s from '../../src/image/structs.ts';
import { sizeOf, type Fields, type Kind, type Struct, type StructValue } from '../../src/struct.ts';

export function arbitraryOf<F extends Fields>(type: Struct<F>, fixed: Partial<StructValue<F>> = {}): Arbitrary<StructValue<F>> {
  const fields = Object.fromEntries(Object.entries(type.fields).map(([name, kind]) => [name, kindArbitrary(kind)]));
  return fc.record(fields).map((value) => ({ ...value, ...fixed }) as StructValue<F>);
}

function kindArbitrary(kind: Kind): Arbitrary<unknown> {
  if (typeof kind === 'string') {
    if (kind === 'u64') return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    if (kind === 'i64') return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    const bits = sizeOf(kind) * 8;
    return kind.startsWith('i') ? fc.integer() : fc.integer({ min: 0, max: 2 ** bits - 1 });
  }
  if ('bytes' in kind) return bytes(kind.bytes, kind.bytes);
  if ('text' in kind) return fc.string({ unit: fc.constantFrom('a', 'b', '-', '0', '.'), maxLength: kind.text - 1 });
  if ('list' in kind) return fc.array(kindArbitrary(kind.list), { minLength: kind.length, maxLength: kind.length });
  return arbitraryOf(kind);
}

const bytes = (minLength = 0, maxLength = 40): Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const some = <T>(arbitrary: Arbitrary<T>, maxLength = 4): Arbitrary<T[]> => fc.array(arbitrary, { maxLength });
const exactly = <T>(arbitrary: Arbitrary<T>, length: number): Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: length, maxLength: length });

const BODIES: { readonly [K in RecordType]: Arbitrary<Bodies[K]> } = {
  pages: fc.constant(null),
  process: arbitraryOf(s.imageProcess),
  thread: fc
    .record({ state: arbitraryOf(s.imageThread), xsave: bytes() })
    .map(({ state, xsave }) => ({ state: { ...state, xsaveSize: xsave.length }, xsave })),
  sigactions: exactly(arbitraryOf(s.imageSigaction), 64),
  sigpending: some(bytes(128, 128)),
  vmas: some(arbitraryOf(s.imageVma)),
  extents: some(arbitraryOf(s.imageExtent)),
  fds: some(arbitraryOf(s.imageFd)),
  itimers: exactly(arbitraryOf(s.itimerval), 3),
  posix_timer: arbitraryOf(s.imagePosixTimer),
  auxv: some(arbitraryOf(s.auxiliary)),
  shmem: fc
    .record({ state: arbitraryOf(s.imageShmem), extents: some(arbitraryOf(s.imageExtent)) })
    .map(({ state, extents }) => ({ state: { ...state, extentCount: extents.length }, extents })),
  sysv_shm: arbitraryOf(s.imageSysvShm),
  sysv_sem: fc
    .record({ state: arbitraryOf(s.imageSysvSem), values: some(fc.integer({ min: 0, max: 65535 })) })
    .map(({ state, values }) => ({ state: { ...state, nsems: values.length }, values })),
  sysv_msg: fc
    .record({ state: arbitraryOf(s.imageSysvMsg), messages: some(fc.record({ type: fc.bigInt({ min: 1n, max: 99n }), bytes: bytes() })) })
    .map(({ state, messages }) => ({ state: { ...state, count: messages.length }, messages })),
  rule: fc.string(),
  rlimits: exactly(arbitraryOf(s.rlimit), 16),
  cgroups: some(fc.integer()),
  peer: fc.constant(null),
  owner: arbitraryOf(s.imageOwner),
  locks: some(arbitraryOf(s.imageLock)),
  posix_mq: fc
    .record({ state: arbitraryOf(s.imageMqueue), messages: some(fc.record({ type: fc.bigInt({ min: 0n, max: 99n }), bytes: bytes() })) })
    .map(({ state, messages }) => ({ state: { ...state, count: messages.length }, messages })),
  file: fc
    .record({ state: arbitraryOf(s.imageFile), contents: bytes(), unlinked: fc.boolean() })
    .map(({ state, contents, unlinked }) =>
      unlinked
        ? { state: { ...state, unlinked: 1, size: BigInt(contents.length) }, contents }
        : { state: { ...state, unlinked: 0 }, contents: Buffer.alloc(0) },
    ),
  pipe: fc
    .record({ state: arbitraryOf(s.imagePipe), bytes: bytes() })
    .map(({ state, bytes: data }) => ({ state: { ...state, size: BigInt(data.length) }, bytes: data })),
  socket: fc
    .record({ state: arbitraryOf(s.imageSocket), options: some(arbitraryOf(s.imageSocketOption)), bytes: bytes() })
    .map(({ state, options, bytes: data }) => ({
      state: { ...state, optionsCount: options.length, size: BigInt(data.length) },
      options,
      bytes: data,
    })),
  epoll: fc
    .record({ state: arbitraryOf(s.imageEpoll), items: some(arbitraryOf(s.imageEpollItem)) })
    .map(({ state, items }) => ({ state: { ...state, count: items.length }, items })),
  eventfd: arbitraryOf(s.imageEventfd),
  timerfd: arbitraryOf(s.imageTimerfd),
  signalfd: arbitraryOf(s.imageSignalfd),
  inotify: fc
    .record({
      state: arbitraryOf(s.imageInotify),
      watches: some(fc.record({ wd: fc.integer(), mask: fc.integer({ min: 0 }), path: bytes() })),
    })
    .map(({ state, watches }) => ({ state: { ...state, count: watches.length }, watches })),
  stdio: bytes(),
  pidfd: arbitraryOf(s.imageFile),
  mq_open: arbitraryOf(s.imageFile),
  terminal: fc
    .record({ state: arbitraryOf(s.imageTerminal), bytes: bytes() })
    .map(({ state, bytes: output }) => ({ state: { ...state, size: BigInt(output.length) }, bytes: output })),
  socket_filter: bytes(),
  seccomp: some(
    fc
      .record({ state: arbitraryOf(s.imageFilter), steps: fc.nat({ max: 5 }) })
      .map(({ state, steps }) => ({ state: { ...state, count: steps }, code: Buffer.alloc(steps * 8, 7) })),
  ),
  parts: some(
    fc
      .record({ state: arbitraryOf(s.imagePart), descriptions: some(fc.integer({ min: 0, max: 2 ** 32 - 1 })) })
      .map(({ state, descriptions }) => ({ state: { ...state, count: descriptions.length }, descriptions })),
  ),
  aio: some(
    fc
      .record({ state: arbitraryOf(s.imageAio), events: some(arbitraryOf(s.imageAioEvent)) })
      .map(({ state, events }) => ({ state: { ...state, count: events.length }, events })),
  ),
  held: some(arbitraryOf(s.imageHeld)),
  clocks: arbitraryOf(s.imageClocks),
  names: arbitraryOf(s.imageNames),
  ipc_limit: bytes(),
  typed: some(
    fc
      .record({ state: arbitraryOf(s.imageTyped), bytes: bytes() })
      .map(({ state, bytes: line }) => ({ state: { ...state, size: line.length }, bytes: line })),
  ),
  notification: some(arbitraryOf(s.imageNotification)),
  settings: some(arbitraryOf(s.imageSetting)),
  policies: some(arbitraryOf(s.imagePolicy)),
  ids: fc
    .record({ state: arbitraryOf(s.imageIds), words: some(arbitraryOf(s.imageId)) })
    .map(({ state, words }) => ({ state: { ...state, count: words.length }, words })),
};

/** One record of any type; ids are given by place, so that no two are alike. */
export const arbitraryRecord: Arbitrary<NewRecord> = fc.constantFrom(...(Object.keys(RECORD_TYPES) as RecordType[])).chain(
  (kind) =>
    fc.record({
      kind: fc.constant(kind),
      id: fc.constant(0),
      mark: fc.constantFrom(...(Object.keys(MARKS) as Mark[])),
      name: fc.string({ maxLength: 30 }).map((text) => Buffer.from(text)),
      body: BODIES[kind] as Arbitrary<unknown>,
    }) as Arbitrary<unknown> as Arbitrary<NewRecord>,
);

export const arbitraryRecords: Arbitrary<NewRecord[]> = fc
  .array(arbitraryRecord, { maxLength: 8 })
  .map((records) => records.map((record, index) => ({ ...record, id: index + 1 })));
