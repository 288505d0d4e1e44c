import { readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../native/addon.ts';
import { OPAQUE, REDIRECT } from './archive/marks.ts';
import { bytesOf, ofText } from './byte-paths.ts';

/** The names in a directory that layers have something to say of, and what of those; or that they say it of all that is in it. */
export type Touched = 'all' | Map<string, Touched>;

/** What the layers in these directories have something to say of: takes as long as they are large, whatever lies below them. */
export function touchedPaths(layers: readonly string[]): Touched {
  return layers.reduce<Touched>((all, layer) => merged(all, touchedIn(ofText(layer))), new Map());
}

function touchedIn(directory: string): Touched {
  if (coversBelow(directory)) return 'all';
  const entries = readable(directory);
  if (entries === null) return 'all';
  const names = new Map<string, Touched>();
  for (const entry of entries) names.set(entry.name, entry.isDirectory() ? touchedIn(join(directory, entry.name)) : 'all');
  return names;
}

/** Null for a directory that is closed to a user; its view lends the right to read it. */
function readable(directory: string): Dirent[] | null {
  try {
    return readdirSync(bytesOf(directory), { withFileTypes: true, encoding: 'latin1' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return null;
    throw error;
  }
}

/** One that hides what lies below it, or shows what lies elsewhere: any name in it may be another. */
const coversBelow = (directory: string): boolean =>
  addon()
    .xattrs(bytesOf(directory))
    .some(([name]) => name === OPAQUE || name === REDIRECT);

function merged(one: Touched, other: Touched): Touched {
  if (one === 'all' || other === 'all') return 'all';
  for (const [name, below] of other) one.set(name, merged(one.get(name) ?? new Map(), below));
  return one;
}
