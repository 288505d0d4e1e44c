import { parse, SyntaxError as GrammarError, type Expectation } from './grammar.generated.js';
import type { Statement } from './statement.ts';

export type LineResult =
  { readonly ok: true; readonly statement: Statement | null } | { readonly ok: false; readonly column: number; readonly message: string };

/** Reads one line; null for a blank or a comment. Throws nothing for bad text. */
export function parseLine(line: string): LineResult {
  try {
    return { ok: true, statement: parse(line) };
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    return { ok: false, column: error.location.start.column, message: describe(error, line) };
  }
}

function describe(error: GrammarError, line: string): string {
  if (error.expected === null) return error.message; // the grammar's own words
  const wanted = new Set(error.expected.filter(isTelling).map(wordFor));
  const found = wordAt(line, error.location.start.offset);
  return `expected ${listed([...wanted]) || 'the end of the line'}, found ${found}`;
}

/** Space and comments could stand nearly everywhere: naming them helps nobody. */
function isTelling(expectation: Expectation): boolean {
  return expectation.type !== 'end' && !/^(space|a comment)$/.test(expectation.description ?? '');
}

function wordFor(expectation: Expectation): string {
  return expectation.description ?? JSON.stringify(expectation.text ?? '');
}

function wordAt(line: string, offset: number): string {
  if (offset >= line.length) return 'the end of the line';
  const word = /^(?:[\w-]+|.)/u.exec(line.slice(offset))?.[0] ?? '';
  return `"${word}"`;
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
