import { big, number, text } from './columns.ts';
import type { Columns, Sql } from './sql.ts';

/** What a file was when it was sealed: while all three are the same, it needn't be read again to be trusted. */
export interface FileStamp {
  readonly size: number;
  /** Nanoseconds. */
  readonly ctime: bigint;
  readonly inode: bigint;
}

export interface ImageRow {
  readonly id: string;
  /** The directory with the files `records` and `pages`. */
  readonly path: string;
  /** Bytes of both files, as `commit` prints them. */
  readonly bytes: number;
  /** Of the sealed header, hexadecimal; null while its pages have no digest yet. */
  readonly digest: string | null;
  readonly records: FileStamp;
  readonly pages: FileStamp;
  /** ISO 8601. */
  readonly created: string;
  /** Images whose pages this one refers to, in the order of RECORD_PAGES ids 1, 2, ... */
  readonly parents: readonly string[];
}

export interface ImagesTable {
  get(id: string): ImageRow | null;
  list(): ImageRow[];
  /** Throws 'exists', and 'busy' when a parent doesn't exist. */
  insert(row: ImageRow): void;
  /** Its pages have their digest now, which its records file tells. */
  setDigest(id: string, digest: string, records: FileStamp): void;
  /** False when there was none. Throws 'busy' while a template, an instance or another image stands on it. */
  remove(id: string): boolean;
  /** Images that nothing alive stands on, children before their parents: garbage, removable in this order. */
  unreferenced(): ImageRow[];
}

const NO_DIGEST = '';
const COLUMNS = `id, path, bytes, digest, records_size, records_ctime, records_inode, pages_size, pages_ctime, pages_inode, created`;
const INSERT = `INSERT INTO images (${COLUMNS}) VALUES (:id, :path, :bytes, :digest,
  :recordsSize, :recordsCtime, :recordsInode, :pagesSize, :pagesCtime, :pagesInode, :created)`;
const SET_DIGEST = `UPDATE images SET digest = :digest, records_size = :size, records_ctime = :ctime, records_inode = :inode WHERE id = :id`;
const LIVE = `WITH RECURSIVE live (id) AS (
  SELECT image FROM templates WHERE image IS NOT NULL UNION SELECT image FROM instances WHERE image IS NOT NULL
  UNION SELECT parent FROM image_parents JOIN live ON image_parents.image = live.id)`;

export function imagesTable(sql: Sql): ImagesTable {
  const toRow = (row: Columns): ImageRow => fromColumns(row, parentsOf(sql, text(row, 'id')));
  return {
    get: (id) => sql.all(`SELECT ${COLUMNS} FROM images WHERE id = :id`, { id }).map(toRow)[0] ?? null,
    list: () => sql.all(`SELECT ${COLUMNS} FROM images ORDER BY created, id`).map(toRow),
    insert: (row) => {
      sql.transaction(() => {
        sql.run(INSERT, toColumns(row));
        row.parents.forEach((parent, position) =>
          sql.run('INSERT INTO image_parents (image, position, parent) VALUES (:id, :position, :parent)', { id: row.id, position, parent }),
        );
      });
    },
    setDigest: (id, digest, records) => {
      const { size, ctime, inode } = records;
      sql.run(SET_DIGEST, { id, digest, size, ctime: String(ctime), inode: String(inode) });
    },
    remove: (id) => sql.run('DELETE FROM images WHERE id = :id', { id }) > 0,
    unreferenced: () =>
      childrenFirst(
        sql.all(`${LIVE} SELECT ${COLUMNS} FROM images WHERE id NOT IN (SELECT id FROM live) ORDER BY created DESC, id DESC`).map(toRow),
      ),
  };
}

/** Clocks go back at times: the order of creation alone wouldn't do. */
function childrenFirst(rows: readonly ImageRow[]): ImageRow[] {
  const left = new Map(rows.map((row) => [row.id, row]));
  const ordered: ImageRow[] = [];
  while (left.size > 0) {
    const needed = new Set([...left.values()].flatMap(({ parents }) => parents));
    const free = [...left.values()].filter(({ id }) => !needed.has(id));
    if (free.length === 0) break; // a circle can't be made by insert
    for (const row of free) left.delete(row.id);
    ordered.push(...free);
  }
  return ordered;
}

function parentsOf(sql: Sql, id: string): string[] {
  return sql.all('SELECT parent FROM image_parents WHERE image = :id ORDER BY position', { id }).map((row) => text(row, 'parent'));
}

function toColumns({ id, path, bytes, digest, records, pages, created }: ImageRow): Record<string, string | number> {
  return {
    id,
    path,
    bytes,
    digest: digest ?? NO_DIGEST,
    created,
    recordsSize: records.size,
    recordsCtime: String(records.ctime),
    recordsInode: String(records.inode),
    pagesSize: pages.size,
    pagesCtime: String(pages.ctime),
    pagesInode: String(pages.inode),
  };
}

function fromColumns(row: Columns, parents: readonly string[]): ImageRow {
  return {
    id: text(row, 'id'),
    path: text(row, 'path'),
    bytes: number(row, 'bytes'),
    digest: text(row, 'digest') === NO_DIGEST ? null : text(row, 'digest'),
    records: { size: number(row, 'records_size'), ctime: big(row, 'records_ctime'), inode: big(row, 'records_inode') },
    pages: { size: number(row, 'pages_size'), ctime: big(row, 'pages_ctime'), inode: big(row, 'pages_inode') },
    created: text(row, 'created'),
    parents,
  };
}
