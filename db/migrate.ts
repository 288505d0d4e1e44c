import type { Database as Handle } from 'better-sqlite3';
import { AppshotError } from '../src/errors.ts';
import { migrations } from './migrations/index.ts';

/**
 * Brings the schema up to date, each step whole or not at all; several processes may do so at once.
 * Throws AppshotError 'unsupported' when the database is of a later version than this program, and SqliteError.
 */
export function migrate(handle: Handle, file: string): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (versionOf(handle) === newest) return;
  handle
    .transaction(() => {
      const version = versionOf(handle); // again, now that nobody else can change it
      if (version > newest) {
        const why = `it is of version ${version}, and this program knows versions up to ${newest}`;
        throw new AppshotError('unsupported', `database ${file}`, why, 'use the newer Appshot that made it');
      }
      for (const step of migrations.filter((other) => other.version > version)) {
        handle.exec(step.sql);
        handle.pragma(`user_version = ${step.version}`);
      }
    })
    .immediate();
}

function versionOf(handle: Handle): number {
  return Number(handle.pragma('user_version', { simple: true }));
}
