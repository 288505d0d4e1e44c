import { number, text, textOrNull } from './columns.ts';
import type { Sql } from './sql.ts';

/** One recorded resource of an image, and its mark from FIG. 8. */
export interface ResourceRow {
  /** The record's type: `file`, `socket`, `vmas`... */
  readonly type: string;
  /** The record's id. */
  readonly id: number;
  readonly name: string;
  readonly mark: string;
  /** The text of the rule that decided. */
  readonly rule: string | null;
}

export interface ResourcesTable {
  /** In the order of the image. */
  of(image: string): ResourceRow[];
  /** Replaces them. Throws 'busy' when the image doesn't exist. */
  set(image: string, rows: readonly ResourceRow[]): void;
}

export function resourcesTable(sql: Sql): ResourcesTable {
  return {
    of: (image) =>
      sql.all('SELECT type, id, name, mark, rule FROM resources WHERE image = :image ORDER BY position', { image }).map((row) => ({
        type: text(row, 'type'),
        id: number(row, 'id'),
        name: text(row, 'name'),
        mark: text(row, 'mark'),
        rule: textOrNull(row, 'rule'),
      })),
    set: (image, rows) => {
      sql.transaction(() => {
        sql.run('DELETE FROM resources WHERE image = :image', { image });
        rows.forEach((row, position) =>
          sql.run(
            `INSERT INTO resources (image, position, type, id, name, mark, rule)
        VALUES (:image, :position, :type, :id, :name, :mark, :rule)`,
            { ...row, image, position },
          ),
        );
      });
    },
  };
}
