import { statSync } from 'node:fs';
import type { HostFileRow } from '../db/index.ts';
import { AppshotError } from './errors.ts';
import { mappedFiles, type Image } from './image/index.ts';
import { customise, type CustomPrefix } from './rules/index.ts';
import type { Store } from './store.ts';

/** A file that processes of an image map, and where it lies in a read-only layer. */
export interface LocatedFile {
  readonly id: number;
  /** Host path, or null when it must be opened through the view. */
  readonly place: string | null;
}

/** Where the mapped files of an image lie, as the view of `aid` has them. */
export async function locateMapped(
  store: Store,
  image: Pick<Image, 'records'>,
  aid: string,
  prefixes: readonly CustomPrefix[],
): Promise<LocatedFile[]> {
  const files = mappedFiles(image);
  const places = await store.view.locate(
    aid,
    files.map((file) => customise(file.path, prefixes)),
  );
  return files.map((file, index) => ({ id: file.id, place: places[index] ?? null }));
}

/** Those among them that belong to the live host and not to a layer of the store. */
export function hostFilesAmong(store: Store, files: readonly LocatedFile[]): HostFileRow[] {
  const rows = new Map<string, HostFileRow>();
  for (const { place } of files) {
    if (place === null || place.startsWith(`${store.paths.layers}/`)) continue;
    const stat = statSync(place, { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined) rows.set(place, { path: place, size: Number(stat.size), modified: stat.mtimeNs });
  }
  return [...rows.values()];
}

/** Throws 'refused' when a file of the host that the image maps is no longer what it was: its code would not fit its memory. */
export function checkHostFiles(rows: readonly HostFileRow[], what: string): void {
  for (const row of rows) {
    const now = statSync(row.path, { bigint: true, throwIfNoEntry: false });
    if (now === undefined || now.mtimeNs !== row.modified || Number(now.size) !== row.size)
      throw new AppshotError(
        'refused',
        what,
        `${row.path} has changed since the commit`,
        'commit a running instance anew, or stand on a root of its own (create --root)',
      );
  }
}
