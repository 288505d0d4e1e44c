import type { Migration } from './migration.ts';

/** What a sealed layer was when it was last looked at, and what another hand has changed of it since. */
export const layerSeals: Migration = {
  version: 5,
  name: 'layer-seals',
  sql: `
    CREATE TABLE layer_seals (
      layer TEXT PRIMARY KEY REFERENCES layers (id) ON DELETE CASCADE,
      sealed TEXT NOT NULL,
      root TEXT,
      entries INTEGER,
      newest TEXT,
      shape TEXT,
      changed_paths TEXT,
      changed_count INTEGER,
      noticed TEXT,
      CHECK ((shape IS NULL) = (root IS NULL) AND (shape IS NULL) = (entries IS NULL) AND (shape IS NULL) = (newest IS NULL)),
      CHECK ((noticed IS NULL) = (changed_paths IS NULL) AND (noticed IS NULL) = (changed_count IS NULL))
    ) STRICT, WITHOUT ROWID;
  `,
};
