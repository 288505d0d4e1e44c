/** The records of a store. SQLite is the truth, and nothing outside this folder knows SQL. */
export { openDatabase, type Database } from './database.ts';
export type { AidRow } from './aids.ts';
export type { StoredRules } from './columns.ts';
export type { FileStamp, ImageRow } from './images.ts';
export type { InstanceRow, StoredState } from './instance-row.ts';
export type { InstanceChange, NewInstance } from './instances.ts';
export type { LayerRow, NewLayer } from './layers.ts';
export type { ResourceRow } from './resources.ts';
export type { NewTemplate, TemplateRow } from './templates.ts';
export type { NewTranslation, TranslationRow } from './translations.ts';
