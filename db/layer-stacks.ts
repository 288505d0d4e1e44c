/** Which layers a template or an instance stands on, top first. */
import type { Columns, Sql } from './sql.ts';

export type Owner = 'template' | 'instance';

const STATEMENTS: Readonly<Record<Owner, { readonly read: string; readonly clear: string; readonly add: string }>> = {
  template: {
    read: 'SELECT layers.* FROM template_layers JOIN layers ON layers.id = layer WHERE template = :owner ORDER BY position',
    clear: 'DELETE FROM template_layers WHERE template = :owner',
    add: 'INSERT INTO template_layers (template, position, layer) VALUES (:owner, :position, :layer)',
  },
  instance: {
    read: 'SELECT layers.* FROM instance_layers JOIN layers ON layers.id = layer WHERE aid = :owner ORDER BY position',
    clear: 'DELETE FROM instance_layers WHERE aid = :owner',
    add: 'INSERT INTO instance_layers (aid, position, layer) VALUES (:owner, :position, :layer)',
  },
};

export function layersOf(sql: Sql, kind: Owner, owner: string): Columns[] {
  return sql.all(STATEMENTS[kind].read, { owner });
}

/** Replaces the stack, as one. Throws 'busy' when the owner or a layer doesn't exist. */
export function setLayers(sql: Sql, kind: Owner, owner: string, layers: readonly string[]): void {
  sql.transaction(() => {
    sql.run(STATEMENTS[kind].clear, { owner });
    layers.forEach((layer, position) => sql.run(STATEMENTS[kind].add, { owner, position, layer }));
  });
}
