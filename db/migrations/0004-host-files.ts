import type { Migration } from './migration.ts';

/** Files of the live host that an image's processes map: a clone of them made after the host was upgraded would not be what was frozen. */
export const hostFiles: Migration = {
  version: 4,
  name: 'host-files',
  sql: `
    CREATE TABLE host_files (
      image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      size INTEGER NOT NULL,
      modified TEXT NOT NULL,
      PRIMARY KEY (image, path)
    ) STRICT, WITHOUT ROWID;
  `,
};
