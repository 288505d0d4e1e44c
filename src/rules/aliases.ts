/** Where the names in a view differ from the names that are stored: the components of targets that hold variables. */
import { fillComponent, variablesOf } from './evaluate.ts';
import { components, hasVariables } from './pattern.ts';
import type { RedirectRule, RuleContext, RuleSet } from './rule-set.ts';

export interface Alias {
  /** The directory as it is stored; variables in it stand as they are. */
  readonly parent: string;
  /** The stored name, pre-customised: `<APPL-ID>`. */
  readonly literal: string;
  /** The name that the instance sees: `web-1`. */
  readonly shown: string;
  /** The directory as the instance sees it. */
  readonly shownParent: string;
}

/** Each directory entry once, parents before what lies below them. Throws as `evaluate` does. */
export function aliasesOf(rules: RuleSet, context: RuleContext): Alias[] {
  const variables = variablesOf(rules, context);
  const found = new Map<string, Alias>();
  for (const rule of rules.redirects)
    for (const alias of aliasesIn(rule, variables, `${rules.file}:${rule.line}`)) found.set(`${alias.parent}\0${alias.literal}`, alias);
  return [...found.values()].toSorted((a, b) => depth(a.parent) - depth(b.parent));
}

function* aliasesIn(rule: RedirectRule, variables: ReadonlyMap<string, string>, where: string): Generator<Alias> {
  let parent = '';
  let shownParent = '';
  for (const component of components(rule.to)) {
    const shown = fillComponent(component, variables, where);
    if (hasVariables(component)) yield { parent: parent || '/', literal: component.text, shown, shownParent: shownParent || '/' };
    parent += `/${component.text}`;
    shownParent += `/${shown}`;
  }
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length;
}
