import type { Migration } from './migration.ts';

/** What runs: instances, the layers under each, and their translations (one to one within an AID and a type). */
export const instances: Migration = {
  version: 3,
  name: 'instances',
  sql: `
    CREATE TABLE instances (
      aid TEXT PRIMARY KEY REFERENCES aids (name),
      template TEXT REFERENCES templates (name) ON UPDATE CASCADE,
      state TEXT NOT NULL CHECK (state IN ('starting', 'running', 'mounted', 'suspended') OR state GLOB 'exited [0-9]*'),
      init_pid INTEGER,
      init_start TEXT,
      main INTEGER,
      vproc TEXT NOT NULL CHECK (vproc IN ('namespace', 'preload')),
      created TEXT NOT NULL,
      command TEXT NOT NULL,
      env TEXT NOT NULL,
      cwd TEXT NOT NULL,
      rules_text TEXT,
      rules_file TEXT,
      mount TEXT NOT NULL,
      upper TEXT NOT NULL REFERENCES layers (id),
      exit_code INTEGER,
      remove INTEGER NOT NULL,
      notes TEXT NOT NULL,
      generation INTEGER NOT NULL,
      image TEXT REFERENCES images (id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX instances_template ON instances (template);
    CREATE INDEX instances_upper ON instances (upper);
    CREATE INDEX instances_image ON instances (image);

    CREATE TABLE instance_layers (
      aid TEXT NOT NULL REFERENCES instances (aid) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      layer TEXT NOT NULL REFERENCES layers (id),
      PRIMARY KEY (aid, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX instance_layers_layer ON instance_layers (layer);

    CREATE TABLE translations (
      aid TEXT NOT NULL REFERENCES instances (aid) ON DELETE CASCADE,
      type TEXT NOT NULL,
      virtual ANY NOT NULL,
      system ANY NOT NULL,
      state TEXT NOT NULL,
      PRIMARY KEY (aid, type, virtual),
      UNIQUE (aid, type, system)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE ports (
      aid TEXT NOT NULL REFERENCES instances (aid) ON DELETE CASCADE,
      protocol TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
      virtual INTEGER NOT NULL,
      system INTEGER NOT NULL,
      public INTEGER,
      PRIMARY KEY (aid, protocol, virtual),
      UNIQUE (aid, protocol, system)
    ) STRICT, WITHOUT ROWID;
  `,
};
