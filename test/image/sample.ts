/** A small image that is sound in itself: one process with two threads, memory, files, a socket, a pipe, a System V segment. */
import { randomBytes } from 'node:crypto';
import { encodeImage, VMA_ANON, VMA_FILE_PRIVATE, VMA_SYSV_SHM, type ImageHeader, type NewRecord } from '../../src/image/index.ts';
import * as s from '../../src/image/structs.ts';
import { encodeStruct, readStruct, type Fields, type Struct, type StructValue } from '../../src/struct.ts';

/** A structure with the fields that are given, the others zero. */
export function filled<F extends Fields>(type: Struct<F>, value: Partial<StructValue<F>>): StructValue<F> {
  return readStruct(type, encodeStruct(type, value));
}

export const file = (id: number, name: string, flags = 0, unlinked = ''): NewRecord => ({
  kind: 'file',
  id,
  name,
  body: {
    state: filled(s.imageFile, { flags, mode: 0o100644, unlinked: unlinked === '' ? 0 : 1, size: BigInt(unlinked.length) }),
    contents: Buffer.from(unlinked),
  },
});

export const listener = (id: number, port: number, address = '00000000'): NewRecord => ({
  kind: 'socket',
  id,
  body: {
    state: filled(s.imageSocket, {
      family: 2,
      type: 1,
      state: 2,
      backlog: 511,
      virtualPort: port,
      addressSize: 16,
      address: Buffer.concat([Buffer.from([2, 0, port >> 8, port & 255]), Buffer.from(address, 'hex')]),
    }),
    options: [filled(s.imageSocketOption, { level: 1, name: 2, size: 4 })],
    bytes: Buffer.alloc(0),
  },
});

const thread = (tid: number): NewRecord => ({
  kind: 'thread',
  id: tid,
  body: { state: filled(s.imageThread, { pid: 7, tid, comm: 'server' }), xsave: randomBytes(832) },
});

export function sampleRecords(): NewRecord[] {
  return [
    { kind: 'pages', id: 0, body: null },
    { kind: 'pages', id: 1, name: 'parent-image', body: null },
    { kind: 'process', id: 7, body: filled(s.imageProcess, { pid: 7, ppid: 1, pgid: 7, sid: 7, exeFile: 100, cwdFile: 101 }) },
    thread(7),
    thread(8),
    {
      kind: 'vmas',
      id: 7,
      body: [
        filled(s.imageVma, { start: 0x400000n, end: 0x401000n, kind: VMA_FILE_PRIVATE, fileId: 100, prot: 5 }),
        filled(s.imageVma, { start: 0x500000n, end: 0x520000n, kind: VMA_ANON, prot: 3 }),
        filled(s.imageVma, { start: 0x700000n, end: 0x701000n, kind: VMA_SYSV_SHM, fileId: 5, prot: 3 }),
      ],
    },
    {
      kind: 'extents',
      id: 7,
      body: [
        filled(s.imageExtent, { start: 0x500000n, len: 0x2000n, offset: 0n, image: 0 }),
        filled(s.imageExtent, { start: 0x510000n, len: 0x1000n, offset: 0x9000n, image: 1 }),
      ],
    },
    { kind: 'fds', id: 7, body: [0, 3, 4].map((fd, index) => filled(s.imageFd, { fd, description: [102, 103, 104][index] ?? 0 })) },
    {
      kind: 'shmem',
      id: 1,
      body: {
        state: filled(s.imageShmem, { size: 0x1000n }),
        extents: [filled(s.imageExtent, { start: 0n, len: 0x1000n, offset: 0x2000n })],
      },
    },
    {
      kind: 'sysv_shm',
      id: 5,
      body: filled(s.imageSysvShm, { ipc: filled(s.imageSysvIpc, { key: 0x1234, mode: 0o600 }), size: 0x1000n, shmem: 1 }),
    },
    file(100, '/usr/bin/server'),
    file(101, '/'),
    file(102, '/usr/app/<APPL-ID>/log', 0o2001),
    listener(103, 8080),
    { kind: 'pipe', id: 104, body: { state: filled(s.imagePipe, { pipe: 1, capacity: 65536n }), bytes: Buffer.from('in flight') } },
  ];
}

export const sampleHeader: Partial<ImageHeader> = {
  pagesSize: 0x3000n,
  pageCount: 3,
  mainPid: 7,
  processCount: 1,
  threadCount: 2,
  kernelRelease: '6.18.1',
  cpuVendor: 'GenuineIntel',
  cpuFeatures: [1n << 28n, (1n << 5n) | (1n << 16n), 0n, 2696n],
  xcr0: 0xe7n,
};

export function sampleImage(): Buffer {
  return encodeImage(sampleHeader, sampleRecords());
}
