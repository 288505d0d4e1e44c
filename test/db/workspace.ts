import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database, type ImageRow, type InstanceRow, type TemplateRow } from '../../db/index.ts';

export interface Workspace {
  readonly file: string;
  readonly db: Database;
  remove(): void;
}

/** A database of its own in a directory of its own. */
export function workspace(): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-db-'));
  const file = join(directory, 'appshot.db');
  const db = openDatabase(file);
  return {
    file,
    db,
    remove: () => {
      db.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export const layer = (id: string, state: 'open' | 'sealed' = 'sealed') => ({
  id,
  kind: 'private' as const,
  path: `/layers/${id}`,
  state,
  size: 10,
  created: '2026-01-01T00:00:00.000Z',
});

export const image = (id: string, parents: readonly string[] = []): ImageRow => ({
  id,
  path: `/images/${id}`,
  bytes: 5000,
  digest: 'ab',
  records: { size: 904, ctime: 1_767_225_600_123_456_789n, inode: 2n ** 63n },
  pages: { size: 4096, ctime: 1n, inode: 3n },
  created: '2026-01-01T00:00:00.000Z',
  parents,
});

export const template = (name: string, change: Partial<TemplateRow> = {}): TemplateRow => ({
  name,
  kind: 'root',
  created: '2026-01-01T00:00:00.000Z',
  base: null,
  rulesText: null,
  rulesFile: null,
  image: null,
  sourceAid: null,
  env: { A: '1', é: 'ü' },
  main: null,
  vproc: 'namespace',
  command: ['redis-server', '--port', '0'],
  cwd: '/',
  generation: 0,
  notes: ['a note'],
  ...change,
});

export const instance = (aid: string, change: Partial<InstanceRow> = {}): InstanceRow => ({
  aid,
  template: null,
  state: 'running',
  initPid: 4242,
  initStart: '99',
  main: 2,
  vproc: 'preload',
  created: '2026-01-01T00:00:00.000Z',
  command: ['a'],
  env: {},
  cwd: '/',
  rulesText: 'SET ENV "A" = "b"',
  rulesFile: '/r',
  mount: `/mnt/${aid}`,
  upper: `upper-${aid}`,
  exitCode: null,
  remove: true,
  notes: [],
  generation: 1,
  image: null,
  ...change,
});

/** With its AID and its upper layer. */
export function addInstance(db: Database, aid: string, change: Partial<InstanceRow> = {}): InstanceRow {
  const row = instance(aid, change);
  db.transaction(() => {
    db.aids.insert({ name: aid, allocated: row.created });
    db.layers.insert(layer(row.upper, 'open'));
    db.instances.insert(row);
  });
  return row;
}
