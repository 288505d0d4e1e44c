import type { Migration } from './migration.ts';

/** AIDs, and the last number that was given out for each prefix: a number is never given out twice, even when it is free again. */
export const names: Migration = {
  version: 1,
  name: 'names',
  sql: `
    CREATE TABLE aids (
      name TEXT PRIMARY KEY,
      allocated TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE aid_numbers (
      prefix TEXT PRIMARY KEY,
      last INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
