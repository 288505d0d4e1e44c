/**
 * The memory-mapped table of one AID: what the daemon writes before a launch or a clone, and what it reads while the
 * instance lives. Pure: buffers in, buffers out. FIG. 14, steps 560-562.
 */
import { randomBytes } from 'node:crypto';
import { AppshotError } from '../src/errors.ts';
import { offsetOf, readStruct, struct, writeStruct } from '../src/struct.ts';
import type { VprocMode } from '../src/types.ts';
import { headFields, table, TABLE_ENV, TABLE_ENV_SIZE, TABLE_MAGIC, TABLE_MODE, TABLE_VERSION } from './table-structs.ts';

export * from './table-structs.ts';
export * from './table-entries.ts';
export * from './table-queues.ts';
export * from './id-words.ts';

export interface TableOptions {
  readonly aid: string;
  readonly template: string | null;
  readonly mode: VprocMode;
  readonly generation: number;
  /** `NAME=VALUE` each: what the harness primes and a clone gets anew. */
  readonly env: readonly string[];
  /** Preload mechanism: which ids it gives. Without, none are translated. */
  readonly ids?: IdRange;
  /** TABLE_FLAG_*; 0 when absent. */
  readonly flags?: number;
}

/** What makes the virtual ids of an AID its own. */
export interface IdRange {
  /** The first virtual id. */
  readonly base: number;
  /** What its SysV keys are scrambled with. */
  readonly salt: bigint;
  /** Inode of the PID namespace that system ids are of. */
  readonly namespace: bigint;
}

/** A fresh table: `table.size` bytes, no ports and ids. Throws AppshotError 'misuse' when a name or the environment is too long. */
export const makeTable = (options: TableOptions): Buffer => fill(Buffer.alloc(table.size), options);

/** The part of a fresh table that is not all zero: a file of `table.size` bytes that begins so is the whole. Throws as makeTable does. */
export const makeTableHead = (options: TableOptions): Buffer => fill(Buffer.alloc(offsetOf(table, 'ids')), options);

function fill(buffer: Buffer, options: TableOptions): Buffer {
  const template = options.template ?? '';
  if (Buffer.byteLength(options.aid) >= 64) throw tooLong(options.aid, 'the AID', 63);
  if (Buffer.byteLength(template) >= 128) throw tooLong(template, "the template's name", 127);
  writeStruct(
    table,
    {
      magic: TABLE_MAGIC,
      version: TABLE_VERSION,
      size: table.size,
      aid: options.aid,
      templateName: template,
      mode: TABLE_MODE[options.mode],
      generation: options.generation,
      flags: options.flags ?? 0,
      nameTag: newNameTag(),
      ...(options.ids === undefined ? {} : { idBase: options.ids.base, idSalt: options.ids.salt, idNamespace: options.ids.namespace }),
    },
    buffer,
  );
  writeEnv(buffer, options.env);
  return buffer;
}

/**
 * What stands before the instance's abstract unix names, which all instances share a namespace for: 'a' and seven bytes that no other
 * instance has.
 */
function newNameTag(): Buffer {
  return Buffer.from(`a${randomBytes(8).toString('base64url').slice(0, 7)}`, 'latin1');
}

/** Replaces the environment entries. Throws AppshotError 'misuse' for more or longer ones than there is room for. */
export function writeEnv(buffer: Buffer, entries: readonly string[]): void {
  if (entries.length > TABLE_ENV)
    throw new AppshotError('misuse', 'environment', `${entries.length} variables are set where ${TABLE_ENV} fit`);
  const start = offsetOf(table, 'env');
  buffer.fill(0, start, start + TABLE_ENV * TABLE_ENV_SIZE);
  entries.forEach((entry, index) => {
    if (Buffer.byteLength(entry) >= TABLE_ENV_SIZE) throw tooLong(entry.slice(0, entry.indexOf('=')), 'the variable', TABLE_ENV_SIZE - 1);
    buffer.write(entry, start + index * TABLE_ENV_SIZE, 'utf8');
  });
  writeStruct(table, { envCount: entries.length }, buffer);
}

/** The environment entries, `NAME=VALUE` each. Throws as `readTable` does. */
export function readEnv(buffer: Buffer): string[] {
  const { envCount } = readTable(buffer);
  return Array.from({ length: Math.min(envCount, TABLE_ENV) }, (_, index) => {
    const start = offsetOf(table, 'env') + index * TABLE_ENV_SIZE;
    const slot = buffer.subarray(start, start + TABLE_ENV_SIZE);
    return slot.toString('utf8', 0, slot.indexOf(0) < 0 ? slot.length : slot.indexOf(0));
  });
}

export interface TableHead {
  readonly aid: string;
  readonly template: string | null;
  readonly mode: VprocMode;
  readonly generation: number;
  readonly flags: number;
  readonly envCount: number;
  readonly idBase: number;
  readonly idInit: number;
  readonly idSalt: bigint;
  /** What stands before names that instances share a namespace for; empty: nothing. */
  readonly nameTag: string;
}

/** The fields before the entries, so that reading them copies no entry. */
const head = struct('table', headFields);

/** The head of a table. Throws AppshotError 'corrupt' when it is no table, or one of another version. */
export function readTable(buffer: Buffer): TableHead {
  if (buffer.length < table.size) throw new AppshotError('corrupt', 'id table', `${buffer.length} bytes where ${table.size} belong`);
  const { magic, version, size, mode, aid, templateName, generation, flags, envCount, idBase, idInit, idSalt, nameTag } = readStruct(
    head,
    buffer,
  );
  if (magic !== TABLE_MAGIC || size !== table.size) throw new AppshotError('corrupt', 'id table', 'it is no id table');
  if (version !== TABLE_VERSION) throw new AppshotError('corrupt', 'id table', `version ${version}, not ${TABLE_VERSION}`);
  return {
    aid,
    template: templateName === '' ? null : templateName,
    mode: mode === TABLE_MODE.preload ? 'preload' : 'namespace',
    generation,
    flags,
    envCount,
    idBase,
    idInit,
    idSalt,
    nameTag: nameTag[0] === 0 ? '' : nameTag.toString('latin1'),
  };
}

function tooLong(name: string, what: string, most: number): AppshotError {
  return new AppshotError('misuse', name, `${what} is longer than ${most} bytes`);
}
