import { closeSync, openSync } from 'node:fs';
import type { Database as Handle } from 'better-sqlite3';
import { sqlite } from './driver.ts';
import { AppshotError } from '../src/errors.ts';
import { aidsTable, type AidsTable } from './aids.ts';
import { inWords } from './failures.ts';
import { hostFilesTable, type HostFilesTable } from './host-files.ts';
import { imagesTable, type ImagesTable } from './images.ts';
import { instancesTable, type InstancesTable } from './instances.ts';
import { layerSealsTable, type LayerSealsTable } from './layer-seals.ts';
import { layerStacks, type LayerStacks } from './layer-stacks.ts';
import { layersTable, type LayersTable } from './layers.ts';
import { migrate } from './migrate.ts';
import { portsTable, type PortsTable } from './ports.ts';
import { resourcesTable, type ResourcesTable } from './resources.ts';
import { Sql } from './sql.ts';
import { templatesTable, type TemplatesTable } from './templates.ts';
import { translationsTable, type TranslationsTable } from './translations.ts';

/** One store's records. Every method of every table throws AppshotError: 'no-space', 'corrupt', 'busy', 'exists'... */
export interface Database {
  readonly file: string;
  readonly aids: AidsTable;
  readonly instances: InstancesTable;
  readonly templates: TemplatesTable;
  readonly layers: LayersTable;
  /** What sealed layers were, and what is not as it was. */
  readonly seals: LayerSealsTable;
  /** Which layers stand under what. */
  readonly stacks: LayerStacks;
  readonly images: ImagesTable;
  readonly hostFiles: HostFilesTable;
  readonly resources: ResourcesTable;
  readonly translations: TranslationsTable;
  readonly ports: PortsTable;
  /** All of `work` or none of it, against other processes too; may be nested. `work` must not be async. */
  transaction<T>(work: () => T): T;
  /** Reads everything; the faults found, none when all is well. */
  check(): string[];
  /** False once it was closed. */
  readonly open: boolean;
  close(): void;
}

/** Opens the database, makes it if need be (mode 0600), and brings it up to date. Throws AppshotError. */
export function openDatabase(file: string): Database {
  const handle = open(file);
  const sql = new Sql(handle, file);
  return {
    file,
    aids: aidsTable(sql),
    instances: instancesTable(sql),
    templates: templatesTable(sql),
    layers: layersTable(sql),
    seals: layerSealsTable(sql),
    stacks: layerStacks(sql),
    images: imagesTable(sql),
    hostFiles: hostFilesTable(sql),
    resources: resourcesTable(sql),
    translations: translationsTable(sql),
    ports: portsTable(sql),
    transaction: (work) => sql.transaction(work),
    check: () =>
      sql
        .all('PRAGMA integrity_check')
        .map((row) => String(row['integrity_check']))
        .filter((fault) => fault !== 'ok'),
    get open() {
      return handle.open;
    },
    close: () => {
      handle.close();
    },
  };
}

function open(file: string): Handle {
  makePrivate(file);
  let handle: Handle | undefined;
  try {
    handle = new sqlite(file, { timeout: 10_000 });
    handle.pragma('journal_mode = WAL');
    handle.pragma('synchronous = NORMAL');
    handle.pragma('foreign_keys = ON');
    migrate(handle, file);
    return handle;
  } catch (error) {
    handle?.close();
    throw inWords(error, file);
  }
}

/** The file holds environments, which hold secrets: it must never exist with another mode, not even for a moment. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = code === 'ENOSPC' ? 'no-space' : code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'permission' : 'failed';
    throw new AppshotError(kind, `database ${file}`, message, 'check that its directory exists and is yours', { cause: error });
  }
}
