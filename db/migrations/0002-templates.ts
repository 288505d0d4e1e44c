import type { Migration } from './migration.ts';

/**
 * What is sealed: layers, images, templates. Nothing that another row stands on can be deleted (the default of REFERENCES),
 * so a mistake elsewhere can't take a layer away from under an instance.
 */
export const templates: Migration = {
  version: 2,
  name: 'templates',
  sql: `
    CREATE TABLE layers (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('private', 'host')),
      path TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('open', 'sealed')),
      size INTEGER NOT NULL,
      created TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE images (
      id TEXT PRIMARY KEY,
      path TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      digest TEXT NOT NULL,
      records_size INTEGER NOT NULL,
      records_ctime TEXT NOT NULL,
      records_inode TEXT NOT NULL,
      pages_size INTEGER NOT NULL,
      pages_ctime TEXT NOT NULL,
      pages_inode TEXT NOT NULL,
      created TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE image_parents (
      image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      parent TEXT NOT NULL REFERENCES images (id),
      PRIMARY KEY (image, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX image_parents_parent ON image_parents (parent);

    CREATE TABLE resources (
      image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      type TEXT NOT NULL,
      id INTEGER NOT NULL,
      name TEXT NOT NULL,
      mark TEXT NOT NULL,
      rule TEXT,
      PRIMARY KEY (image, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE templates (
      name TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('root', 'running')),
      created TEXT NOT NULL,
      base TEXT REFERENCES templates (name) ON UPDATE CASCADE ON DELETE SET NULL,
      rules_text TEXT,
      rules_file TEXT,
      image TEXT REFERENCES images (id),
      source_aid TEXT,
      env TEXT NOT NULL,
      main INTEGER,
      vproc TEXT NOT NULL CHECK (vproc IN ('namespace', 'preload')),
      command TEXT NOT NULL,
      cwd TEXT NOT NULL,
      generation INTEGER NOT NULL,
      notes TEXT NOT NULL,
      CHECK ((kind = 'running') = (image IS NOT NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX templates_base ON templates (base);
    CREATE INDEX templates_image ON templates (image);

    CREATE TABLE template_layers (
      template TEXT NOT NULL REFERENCES templates (name) ON UPDATE CASCADE ON DELETE CASCADE,
      position INTEGER NOT NULL,
      layer TEXT NOT NULL REFERENCES layers (id),
      PRIMARY KEY (template, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX template_layers_layer ON template_layers (layer);
  `,
};
