/** What the grammar makes of one line: words with their places, not yet judged. */

/** Columns count from 1; a tab is one column. */
export interface Located {
  readonly text: string;
  readonly column: number;
}

export type Part = { readonly text: string } | { readonly variable: string; readonly column: number };
export interface LocatedString {
  readonly parts: readonly Part[];
  readonly column: number;
}

export interface DefineStatement {
  readonly kind: 'define';
  readonly variable: Located;
  readonly property: Located;
}
export interface RedirectStatement {
  readonly kind: 'redirect';
  readonly from: LocatedString;
  readonly to: LocatedString;
}
export interface EnvironmentStatement {
  readonly kind: 'environment';
  readonly name: LocatedString;
  readonly value: LocatedString;
}
export interface ResourceStatement {
  readonly kind: 'resource';
  readonly type: Located;
  readonly pattern: LocatedString;
  readonly accesses: readonly Located[];
  readonly action: Located;
}
export type Statement = DefineStatement | RedirectStatement | EnvironmentStatement | ResourceStatement;
