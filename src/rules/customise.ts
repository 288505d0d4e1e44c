/**
 * "Snapshot virtual templates must save references to non-shareable resources in their pre-customized form, rather than
 * their evaluated form": from the one to the other and back, by prefixes of paths.
 */
import { aliasesOf } from './aliases.ts';
import { isWithin } from './check-paths.ts';
import type { RuleContext, RuleSet } from './rule-set.ts';

/** A prefix that both forms share from there on. */
export interface CustomPrefix {
  /** `/usr/app/web-1` */
  readonly evaluated: string;
  /** `/usr/app/<APPL-ID>` */
  readonly precustomised: string;
}

/** Longest first, so that the first that fits is the right one. Throws as `evaluate` does. */
export function customPrefixes(rules: RuleSet, context: RuleContext): CustomPrefix[] {
  return aliasesOf(rules, context)
    .map(({ parent, literal, shown, shownParent }) => ({
      evaluated: below(shownParent, shown),
      precustomised: below(parent, literal),
    }))
    .toSorted((a, b) => b.evaluated.length - a.evaluated.length);
}

/** `/usr/app/web-1/config/x` becomes `/usr/app/<APPL-ID>/config/x`; a path no rule speaks of stays. Throws nothing. */
export function precustomise(path: string, prefixes: readonly CustomPrefix[]): string {
  const prefix = prefixes.find(({ evaluated }) => isWithin(path, evaluated));
  return prefix === undefined ? path : prefix.precustomised + path.slice(prefix.evaluated.length);
}

/** The way back, for the AID that the prefixes were made for. Throws nothing. */
export function customise(path: string, prefixes: readonly CustomPrefix[]): string {
  const fitting = prefixes.filter(({ precustomised }) => isWithin(path, precustomised));
  const prefix = fitting.toSorted((a, b) => b.precustomised.length - a.precustomised.length)[0];
  return prefix === undefined ? path : prefix.evaluated + path.slice(prefix.precustomised.length);
}

function below(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}
