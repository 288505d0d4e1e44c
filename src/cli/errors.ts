import { AppshotError } from '../errors.ts';

/** A command line that can't be meant: exit 2. */
export function misuse(what: string, why: string, next: string | null = null): AppshotError {
  return new AppshotError('misuse', what, why, next);
}

/**
 * What the shell is told. `program`: this command runs another one, whose own codes must stay apart from ours; '' before
 * it is known which; null for a command that runs none.
 */
export function exitCode(error: unknown, program: string | null): number {
  if (error instanceof AppshotError && error.code === 'misuse') return 2;
  if (program === null) return 1;
  // A program that isn't there or can't be executed is told as a shell tells it.
  if (error instanceof AppshotError && (error.what === `run ${program}` || error.what === `exec ${program}`)) {
    if (error.code === 'not-found') return 127;
    if (error.code === 'permission' || error.code === 'refused') return 126;
  }
  return 125;
}

/** One line, whatever the error was. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = error instanceof AppshotError ? message : `unexpected: ${message}; run it again with --debug`;
  // eslint-disable-next-line no-control-regex
  return `appshot: ${text.replace(/\s*\n\s*/g, ' ').replace(/[\x00-\x1f\x7f]/g, '?')}`;
}
