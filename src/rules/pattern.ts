/** Text with variables in it, such as `/usr/app/<APPL-ID>/config`: the pre-customised form of a name. */
import { AppshotError } from '../errors.ts';
import type { Part } from './statement.ts';

export interface Pattern {
  readonly parts: readonly PatternPart[];
  /** As a rule file would write it, without the quotes and escapes. */
  readonly text: string;
}
export type PatternPart = { readonly text: string } | { readonly variable: string };

export function makePattern(parts: readonly Part[]): Pattern {
  return {
    parts: parts.map((part) => ('text' in part ? { text: part.text } : { variable: part.variable })),
    text: parts.map((part) => ('text' in part ? part.text : `<${part.variable}>`)).join(''),
  };
}

export function hasVariables(pattern: Pattern): boolean {
  return pattern.parts.some((part) => 'variable' in part);
}

/** The text with every variable replaced. Throws AppshotError 'failed' for a variable without a value. */
export function fillPattern(pattern: Pattern, variables: ReadonlyMap<string, string>): string {
  return pattern.parts.map((part) => ('text' in part ? part.text : valueOf(part.variable, variables))).join('');
}

function valueOf(name: string, variables: ReadonlyMap<string, string>): string {
  const value = variables.get(name);
  if (value === undefined) throw new AppshotError('failed', `<${name}>`, 'the variable has no value here');
  return value;
}

/** The pattern's path components, each a pattern of its own: `/a/<B>.d/c` gives `a`, `<B>.d`, `c`. Throws nothing. */
export function components(pattern: Pattern): Pattern[] {
  const found: PatternPart[][] = [[]];
  for (const part of pattern.parts) {
    if ('variable' in part) {
      found.at(-1)?.push(part);
      continue;
    }
    part.text.split('/').forEach((piece, index) => {
      if (index > 0) found.push([]);
      if (piece !== '') found.at(-1)?.push({ text: piece });
    });
  }
  return found.filter((parts) => parts.length > 0).map((parts) => ({ parts, text: textOf(parts) }));
}

function textOf(parts: readonly PatternPart[]): string {
  return parts.map((part) => ('text' in part ? part.text : `<${part.variable}>`)).join('');
}
