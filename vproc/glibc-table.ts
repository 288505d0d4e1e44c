/** The table of glibc's exported functions (vproc/glibc-exports.tsv): how it is made, and how it is read. Run by itself, it writes the table anew. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programs, projectRoot } from '../native/programs.ts';
import { groups } from './glibc-groups.ts';

export const glibcTableFile = join(projectRoot, 'vproc/glibc-exports.tsv');

/** The functions that a library exports, whatever their version, in order. Throws when binutils' nm is not there. */
export function exportedFunctions(library: string): string[] {
  const text = execFileSync('nm', ['-D', '--defined-only', library], { encoding: 'latin1', maxBuffer: 16 << 20 });
  const names = text.split('\n').flatMap((line) => /^\S+ [TWi] ([^@\s]+)/.exec(line)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** The C library of this machine, or null where it is another than glibc. */
export function installedGlibc(): string | null {
  const places = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/libc.so.6', '/usr/lib/libc.so.6'];
  return places.find((place) => existsSync(place)) ?? null;
}

export interface GlibcRow {
  readonly name: string;
  readonly verdict: 'interposed' | 'none' | 'refused';
  readonly group: string;
  readonly why: string;
}

/** Null: nobody has thought about it yet. */
export function verdictOf(name: string, interposed: ReadonlySet<string>): GlibcRow | null {
  if (interposed.has(name)) return { name, verdict: 'interposed', group: 'native/preload', why: '' };
  const group = groups.find(({ fits }) => fits.test(name));
  return group === undefined ? null : { name, verdict: group.verdict, group: group.name, why: group.why };
}

export function readGlibcTable(): GlibcRow[] {
  return readFileSync(glibcTableFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', verdict = '', group = '', why = ''] = line.split('\t');
      return { name, verdict: verdict as GlibcRow['verdict'], group, why };
    });
}

function write(): void {
  const library = installedGlibc();
  if (library === null) throw new Error('there is no glibc here');
  const interposed = new Set(exportedFunctions(programs.preload));
  const names = [
    ...new Set([...exportedFunctions(library), ...(existsSync(glibcTableFile) ? readGlibcTable().map((row) => row.name) : [])]),
  ];
  const rows = names.sort().map((name) => ({ name, row: verdictOf(name, interposed) }));
  const unknown = rows.filter(({ row }) => row === null).map(({ name }) => name);
  if (unknown.length > 0) throw new Error(`no group of vproc/glibc-groups.ts fits: ${unknown.join(' ')}`);
  const lines = rows.flatMap(({ row }) => (row === null ? [] : [[row.name, row.verdict, row.group, row.why].join('\t')]));
  writeFileSync(glibcTableFile, ['# Made by vproc/glibc-table.ts: function, verdict, group, why', ...lines, ''].join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) write();
