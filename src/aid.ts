/** The AID generator: "AID's are farm-wide unique resources and are allocated atomically by the AID generator". */
import type { Database } from '../db/index.ts';
import { AppshotError } from './errors.ts';

const LONGEST = 63;
const NAME = new RegExp(`^[a-z0-9][a-z0-9._-]{0,${LONGEST - 1}}$`);

/** Throws AppshotError 'misuse' for a name that can't be an AID (or a template's). */
export function validateAid(name: string): void {
  if (!NAME.test(name))
    throw new AppshotError(
      'misuse',
      JSON.stringify(name),
      `a name has 1 to ${LONGEST} of a-z, 0-9, ".", "_", "-", and begins with a letter or digit`,
    );
}

/**
 * Takes a name for the caller, against all other processes; with null the next of `app-1`, `app-2`, ...
 * `what` says for which operation, in the error. Throws 'misuse', 'exists'.
 */
export function allocateAid(db: Database, name: string | null, what?: string): string {
  if (name === null) return allocateNextAid(db, 'app');
  try {
    validateAid(name);
    db.aids.insert({ name, allocated: new Date().toISOString() });
    return name;
  } catch (error) {
    if (!(error instanceof AppshotError) || what === undefined) throw error;
    throw new AppshotError(error.code, `${what} ${name}`, error.why, error.next, { cause: error });
  }
}

/**
 * Takes the next of `prefix-1`, `prefix-2`, ...: a number is given out once, whatever became of the instance that had it,
 * and names that are taken by hand are passed over. Throws 'misuse' when the name would be too long.
 */
export function allocateNextAid(db: Database, prefix: string): string {
  validateAid(prefix);
  return db.transaction(() => {
    const { name } = db.aids.insertNext(prefix, new Date().toISOString());
    if (name.length > LONGEST)
      throw new AppshotError('misuse', name, `a name has at most ${LONGEST} letters, this one ${name.length}`, 'choose one with --aid');
    return name;
  });
}

/** `count` of them, all or none. */
export function allocateNextAids(db: Database, prefix: string, count: number): string[] {
  return db.transaction(() => Array.from({ length: count }, () => allocateNextAid(db, prefix)));
}

/** Gives a name back. False when it wasn't taken. Throws 'busy' while an instance has it. */
export function releaseAid(db: Database, name: string): boolean {
  return db.aids.remove(name);
}
