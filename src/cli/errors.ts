import { AppshotError } from '../errors.ts';

/** A command line that can't be meant: exit 2. */
export function misuse(what: string, why: string, next: string | null = null): AppshotError {
  return new AppshotError('misuse', what, why, next);
}

/** What the shell is told. `foreign`: the command runs another command, whose own codes must stay apart from ours. */
export function exitCode(error: unknown, foreign: boolean): number {
  if (!(error instanceof AppshotError)) return foreign ? 125 : 1;
  if (error.code === 'misuse') return 2;
  if (!foreign) return 1;
  // A command that isn't there or can't be executed is told by `exec CMD`, as a shell tells it.
  if (error.what.startsWith('exec ')) {
    if (error.code === 'not-found') return 127;
    if (error.code === 'permission' || error.code === 'unsupported') return 126;
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
