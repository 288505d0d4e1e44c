/** Which layers a template or an instance stands on, top first (an instance's own upper layer is not among them). */
import { number, text } from './columns.ts';
import { toRow, type LayerRow } from './layers.ts';
import type { Sql } from './sql.ts';

export interface LayerStacks {
  ofTemplate(template: string): LayerRow[];
  ofInstance(aid: string): LayerRow[];
  /** Replaces the stack, as one. Throws 'busy' when a layer or the owner doesn't exist. */
  setForTemplate(template: string, layers: readonly string[]): void;
  setForInstance(aid: string, layers: readonly string[]): void;
  /** Puts a layer on top of an instance's stack. */
  push(aid: string, layer: string): void;
  /** How many templates and instances stand on a layer. */
  usersOf(layer: string): number;
  /** Names of the templates that stand on a layer. */
  templatesOn(layer: string): string[];
}

export function layerStacks(sql: Sql): LayerStacks {
  const replace =
    (table: 'template_layers' | 'instance_layers', column: 'template' | 'aid') =>
    (owner: string, layers: readonly string[]): void => {
      sql.transaction(() => {
        sql.run(`DELETE FROM ${table} WHERE ${column} = :owner`, { owner });
        layers.forEach((layer, position) =>
          sql.run(`INSERT INTO ${table} (${column}, position, layer) VALUES (:owner, :position, :layer)`, { owner, position, layer }),
        );
      });
    };
  return {
    ofTemplate: (template) =>
      sql
        .all(
          `SELECT layers.* FROM template_layers JOIN layers ON layers.id = layer
      WHERE template = :template ORDER BY position`,
          { template },
        )
        .map(toRow),
    ofInstance: (aid) =>
      sql
        .all(
          `SELECT layers.* FROM instance_layers JOIN layers ON layers.id = layer
      WHERE aid = :aid ORDER BY position`,
          { aid },
        )
        .map(toRow),
    setForTemplate: replace('template_layers', 'template'),
    setForInstance: replace('instance_layers', 'aid'),
    // Before the first: who is committed a thousand times has a thousand rows, and none of them is written again.
    push: (aid, layer) => {
      sql.run(
        `INSERT INTO instance_layers (aid, position, layer)
      SELECT :aid, COALESCE(MIN(position), 0) - 1, :layer FROM instance_layers WHERE aid = :aid`,
        { aid, layer },
      );
    },
    usersOf: (layer) =>
      sql
        .all(
          `SELECT (SELECT COUNT(*) FROM template_layers WHERE layer = :layer)
      + (SELECT COUNT(*) FROM instance_layers WHERE layer = :layer) AS users`,
          { layer },
        )
        .map((row) => number(row, 'users'))[0] ?? 0,
    templatesOn: (layer) =>
      sql
        .all('SELECT DISTINCT template FROM template_layers WHERE layer = :layer ORDER BY template', { layer })
        .map((row) => text(row, 'template')),
  };
}
