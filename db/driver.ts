import { createRequire } from 'node:module';
import type Sqlite from 'better-sqlite3';

/**
 * better-sqlite3, in the version that this Node can run: the twelfth ends the process when Node 24 collects one of its statements, and the
 * thirteenth, which is on Node's stable binary interface, needs Node 22.
 */
const major = Number(process.versions.node.split('.')[0]);
const name = major >= 24 ? 'better-sqlite3-13' : 'better-sqlite3';

export const sqlite = createRequire(import.meta.url)(name) as typeof Sqlite;
