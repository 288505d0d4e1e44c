import { big, number, text } from './columns.ts';
import type { Sql } from './sql.ts';

/** A file of the host's own, outside every layer, as it was when an image that maps it was taken. */
export interface HostFileRow {
  readonly path: string;
  readonly size: number;
  /** Time of its last modification, nanoseconds. */
  readonly modified: bigint;
}

export interface HostFilesTable {
  of(image: string): HostFileRow[];
  /** Replaces them. Throws 'busy' when the image doesn't exist. */
  set(image: string, rows: readonly HostFileRow[]): void;
}

export function hostFilesTable(sql: Sql): HostFilesTable {
  return {
    of: (image) =>
      sql
        .all('SELECT path, size, modified FROM host_files WHERE image = :image ORDER BY path', { image })
        .map((row) => ({ path: text(row, 'path'), size: number(row, 'size'), modified: big(row, 'modified') })),
    set: (image, rows) => {
      sql.transaction(() => {
        sql.run('DELETE FROM host_files WHERE image = :image', { image });
        for (const { path, size, modified } of rows)
          sql.run('INSERT INTO host_files (image, path, size, modified) VALUES (:image, :path, :size, :modified)', {
            image,
            path,
            size,
            modified: String(modified),
          });
      });
    },
  };
}
