import { isWithin } from './check-paths.ts';
import { fillPattern } from './pattern.ts';
import type { RedirectRule, ResourceRule, RuleSet } from './rule-set.ts';
import { fits } from './wildcard.ts';
import type { Access, ResourceType } from './words.ts';

/** A resource as rules see it. */
export interface Resource {
  readonly type: ResourceType;
  /** A path, a port number, a key: whatever the type goes by. More than one when the same thing has several. */
  readonly names: readonly string[];
  readonly accesses: readonly Access[];
}

/**
 * FIG. 8, step 360: the first rule of the file that speaks of the resource and of one of the accesses, or null. Names may be
 * in their pre-customised form, and with variables given in the evaluated form too. Throws nothing.
 */
export function findRule(rules: RuleSet, resource: Resource, variables?: ReadonlyMap<string, string>): ResourceRule | null {
  return (
    rules.resources.find((rule) => rule.type === resource.type && accessFits(rule, resource) && nameFits(rule, resource, variables)) ?? null
  );
}

/** The redirection that a path falls under, by its source or by its target in either form; null when none does. */
export function findRedirect(rules: RuleSet, path: string, variables?: ReadonlyMap<string, string>): RedirectRule | null {
  return (
    rules.redirects.find(
      ({ from, to }) =>
        isWithin(path, from) || isWithin(path, to.text) || (variables !== undefined && isWithin(path, fillPattern(to, variables))),
    ) ?? null
  );
}

function accessFits(rule: ResourceRule, resource: Resource): boolean {
  return (
    rule.accesses.includes('any') || resource.accesses.includes('any') || rule.accesses.some((access) => resource.accesses.includes(access))
  );
}

function nameFits(rule: ResourceRule, resource: Resource, variables?: ReadonlyMap<string, string>): boolean {
  const patterns = [rule.pattern.text];
  if (variables !== undefined) patterns.push(fillPattern(rule.pattern, variables));
  return resource.names.some((name) => patterns.some((pattern) => fits(pattern, name)));
}
