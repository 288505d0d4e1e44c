/** The mirror of native/shared/table.h: constants and structures alone. */
import { struct } from '../src/struct.ts';
import type { VprocMode } from '../src/types.ts';

export const TABLE_MAGIC = 0x656c626174736861n;
export const TABLE_VERSION = 6;
export const TABLE_PORTS = 512;
export const TABLE_ENV = 64;
export const TABLE_ENV_SIZE = 1024;
export const TABLE_IDS = 8192;
export const TABLE_JOURNAL = 4096;
export const TABLE_RESTORED = 16384;
export const TABLE_STAND_INS = 1024;
export const TABLE_QUEUES = 512;
/** Virtual ids of one AID under the preload mechanism, the first of all of them, and how many AIDs have ranges of their own. */
export const TABLE_ID_RANGE = 0x100000;
export const TABLE_ID_FIRST = 0x400000;
export const TABLE_ID_RANGES = 1020;
export const ENTRY_FREE = 0;
export const ENTRY_PENDING = 1;
export const ENTRY_USED = 2;
export const TABLE_MODE = { namespace: 0, preload: 1 } as const satisfies Record<VprocMode, number>;
export const TABLE_FLAG_PORTS_AS_THEY_ARE = 1;
/** enum table_id_type */
export const ID_TYPES = { pid: 1, shm: 2, shmkey: 3, sem: 4, semkey: 5, msg: 6, msgkey: 7, port: 8 } as const;
export type IdType = keyof typeof ID_TYPES;

export const tablePort = struct('table_port', {
  systemPort: 'u16',
  virtualPort: 'u16',
  turn: 'u16',
  type: 'u8',
  state: 'u8',
  family: 'u16',
  everywhere: 'u16',
  pid: 'u32',
  address: { bytes: 16 },
});
export const tableJournal = struct('table_journal', { sequence: 'u64', word: 'u64', slot: 'u32', reserved: 'u32' });
export const tableStandIn = struct('table_stand_in', { system: 'i32', shown: 'i32' });
export const tableQueue = struct('table_queue', { word: 'u64', name: { bytes: 256 } });
/** The fields before the entries. */
export const headFields = {
  magic: 'u64',
  version: 'u32',
  size: 'u32',
  aid: { text: 64 },
  templateName: { text: 128 },
  mode: 'u32',
  generation: 'u32',
  flags: 'u32',
  envCount: 'u32',
  nameTag: { bytes: 8 },
  idBase: 'u32',
  idInit: 'u32',
  idSalt: 'u64',
  idNamespace: 'u64',
  journalHead: 'u64',
  restoredCount: 'u64',
  standInCount: 'u64',
} as const;
export const table = struct('table', {
  ...headFields,
  reserved: { list: 'u64', length: 9 },
  ports: { bytes: TABLE_PORTS * tablePort.size },
  env: { bytes: TABLE_ENV * TABLE_ENV_SIZE },
  ids: { bytes: TABLE_IDS * 8 },
  journal: { bytes: TABLE_JOURNAL * tableJournal.size },
  restored: { bytes: TABLE_RESTORED * 2 },
  standIns: { bytes: TABLE_STAND_INS * tableStandIn.size },
  queues: { bytes: TABLE_QUEUES * tableQueue.size },
});
