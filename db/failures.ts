import { sqlite } from './driver.ts';
import { AppshotError, type ErrorCode } from '../src/errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly next: string | null;
}

/** By the first words of SQLite's own codes; the longest that fits is listed first. */
const MEANINGS: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['SQLITE_FULL', { code: 'no-space', why: 'the disk is full', next: 'make room and try again' }],
  ['SQLITE_IOERR_SHMSIZE', { code: 'no-space', why: 'the disk is full', next: 'make room and try again' }],
  ['SQLITE_CORRUPT', { code: 'corrupt', why: 'the database is damaged', next: 'restore it from a backup' }],
  ['SQLITE_NOTADB', { code: 'corrupt', why: 'the file is no database', next: 'restore it from a backup' }],
  ['SQLITE_BUSY', { code: 'busy', why: 'another process has kept it locked', next: 'try again' }],
  ['SQLITE_LOCKED', { code: 'busy', why: 'it is locked', next: 'try again' }],
  ['SQLITE_READONLY', { code: 'permission', why: "it can't be written", next: 'check who owns it' }],
  ['SQLITE_CANTOPEN', { code: 'permission', why: "it can't be opened", next: 'check that its directory exists and is yours' }],
  ['SQLITE_PERM', { code: 'permission', why: 'access is refused', next: 'check who owns it' }],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', { code: 'exists', why: 'it is there already', next: null }],
  ['SQLITE_CONSTRAINT_UNIQUE', { code: 'exists', why: 'it is there already', next: null }],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', { code: 'busy', why: 'something stands on it, or what it stands on is gone', next: null }],
];

/** An SQLite error as an AppshotError with the file's name and the cause; any other error as it is. */
export function inWords(error: unknown, file: string): unknown {
  if (!(error instanceof sqlite.SqliteError)) return error;
  const meaning = MEANINGS.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  const why = meaning === undefined ? error.message : `${meaning.why} (${error.message})`;
  return new AppshotError(meaning?.code ?? 'failed', `database ${file}`, why, meaning?.next ?? null, { cause: error });
}

/** Runs `work`; when a unique column is taken already, throws the error that `words` makes instead. */
export function orTaken<T>(work: () => T, words: () => AppshotError): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof AppshotError && error.code === 'exists' ? words() : error;
  }
}
