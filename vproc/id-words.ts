/** The words of a table's ids (native/shared/id-words.h): what claims are written in, and how the daemon reads them. */
import { offsetOf, readStruct } from '../src/struct.ts';
import { ID_TYPES, table, tableJournal, TABLE_IDS, TABLE_JOURNAL, type IdType } from './table-structs.ts';

export type IdState = 'free' | 'pending' | 'used' | 'gone';
export interface TableId {
  readonly type: IdType;
  readonly virtual: number;
  readonly system: number;
  readonly state: IdState;
}

const STATES: readonly IdState[] = ['free', 'pending', 'used', 'gone'];
const TYPES = new Map<number, IdType>(Object.entries(ID_TYPES).map(([name, number]) => [number, name as IdType]));

/** Null: nothing was ever claimed there, or it was given back. */
export function decodeWord(word: bigint, slot: number, base: number): TableId | null {
  const type = TYPES.get(Number((word >> 58n) & 15n));
  const state = STATES[Number(word >> 62n)] ?? 'free';
  if (type === undefined || state === 'free') return null;
  const turn = Number((word >> 51n) & 127n);
  return { type, state, virtual: base + turn * TABLE_IDS + slot, system: Number(BigInt.asIntN(32, word)) };
}

const baseOf = (buffer: Buffer): number => buffer.readUInt32LE(offsetOf(table, 'idBase'));

/** The ids in use, in the order of the table. */
export function readIds(buffer: Buffer): TableId[] {
  const base = baseOf(buffer);
  const start = offsetOf(table, 'ids');
  const found: TableId[] = [];
  for (let slot = 0; slot < TABLE_IDS; slot++) {
    if (buffer.readUInt8(start + slot * 8 + 7) >> 6 !== 2) continue;
    const id = decodeWord(buffer.readBigUInt64LE(start + slot * 8), slot, base);
    if (id !== null) found.push(id);
  }
  return found;
}

export interface Changes {
  /** Null: more happened than the journal holds, or a record is missing: the ids themselves are to be read. */
  readonly changes: readonly TableId[] | null;
  /** How many changes there were in all. */
  readonly head: bigint;
}

/** What was claimed and given back since the `seen`th change. */
export function readJournal(buffer: Buffer, seen: bigint): Changes {
  const head = buffer.readBigUInt64LE(offsetOf(table, 'journalHead'));
  if (head < seen || head - seen > BigInt(TABLE_JOURNAL)) return { changes: null, head };
  const base = baseOf(buffer);
  const changes: TableId[] = [];
  for (let number = seen; number < head; number++) {
    const at = offsetOf(table, 'journal') + Number(number % BigInt(TABLE_JOURNAL)) * tableJournal.size;
    const record = readStruct(tableJournal, buffer, at);
    if (record.sequence !== number + 1n) return { changes: null, head }; // its writer was killed, or is just at it
    const id = decodeWord(record.word, record.slot, base);
    if (id !== null) changes.push(id);
  }
  return { changes, head };
}
