import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { misuse } from './errors.ts';

/** What stands in a string for bytes that were no text. */
const REPLACED = '\uFFFD';

/**
 * Words and variables of a process are bytes, and here they are text: what is no UTF-8 has been changed by the time it is seen. Throws
 * AppshotError `misuse` for a word of the command line that was.
 */
export function checkWords(argv: readonly string[]): void {
  if (!argv.some((word) => word.includes(REPLACED))) return;
  const words = entriesOf('cmdline').slice(-argv.length);
  const changed = words.find((word) => !isUtf8(word));
  if (changed !== undefined)
    throw misuse('command line', `'${escaped(changed)}' is no UTF-8 text`, 'give names that are, or let a shell in the instance make it');
}

/** The variables that reach an application as they are, and the names of those that can't. */
export function wholeVariables(env: NodeJS.ProcessEnv): {
  readonly variables: Record<string, string>;
  readonly changed: readonly string[];
} {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== '');
  const doubtful = given.some((pair) => pair.some((part) => part.includes(REPLACED)));
  const raw = doubtful ? entriesOf('environ').filter((entry) => !isUtf8(entry)) : [];
  const lost = new Set(raw.map((entry) => entry.toString('utf8').split('=', 1)[0]));
  return {
    variables: Object.fromEntries(given.filter(([name]) => !lost.has(name))),
    changed: given.map(([name]) => name).filter((name) => lost.has(name)),
  };
}

/** What /proc/self/cmdline or environ holds. */
function entriesOf(file: 'cmdline' | 'environ'): Buffer[] {
  const bytes = readFileSync(`/proc/self/${file}`);
  const entries: Buffer[] = [];
  for (let start = 0, end; (end = bytes.indexOf(0, start)) >= 0; start = end + 1) entries.push(bytes.subarray(start, end));
  return entries;
}

const escaped = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
