/** The records of a store. SQLite is the truth, and nothing outside this folder knows SQL. */
export { openDatabase, type Database } from './database.ts';
export type { AidRow } from './aids.ts';
export type { HostFileRow } from './host-files.ts';
export type { FileStamp, ImageRow } from './images.ts';
export type { InstanceChange, InstanceRow } from './instances.ts';
export type { LayerChange, LayerSeal, LayerState } from './layer-seals.ts';
export type { LayerRow } from './layers.ts';
export type { PortRow } from './ports.ts';
export type { ResourceRow } from './resources.ts';
export type { TemplateRow } from './templates.ts';
export type { NewTranslation, TranslationRow } from './translations.ts';
