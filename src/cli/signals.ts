import { InvalidArgumentError } from 'commander';
import { constants } from 'node:os';

/** `TERM`, `SIGTERM`, `term` or `15` -> `SIGTERM`; a real-time signal keeps its number. */
export function signalName(text: string): string {
  const known = Object.entries(constants.signals);
  const wanted = text.toUpperCase().replace(/^(SIG)?/, 'SIG');
  const found = /^\d+$/.test(text) ? known.find(([, number]) => number === Number(text)) : known.find(([name]) => name === wanted);
  if (found === undefined && /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 64) return String(Number(text));
  if (found === undefined) throw new InvalidArgumentError('It must be a signal such as TERM or 15.');
  return found[0];
}
