/** What grammar.peggy compiles to: the parser of one line. `scripts/build.sh` makes the code that this describes. */
import type { Statement } from './statement.ts';

/** Throws the SyntaxError below. */
export function parse(line: string): Statement | null;

export interface Expectation {
  readonly type: 'literal' | 'class' | 'any' | 'end' | 'other';
  readonly text?: string;
  readonly description?: string;
}

export class SyntaxError extends Error {
  readonly expected: readonly Expectation[] | null;
  readonly found: string | null;
  readonly location: { readonly start: { readonly line: number; readonly column: number; readonly offset: number } };
}
