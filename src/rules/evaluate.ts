import { AppshotError } from '../errors.ts';
import { components, fillPattern, type Pattern } from './pattern.ts';
import type { RuleContext, RuleSet } from './rule-set.ts';
import type { Property } from './words.ts';

export interface EvaluatedRedirect {
  readonly from: string;
  /** The target in its pre-customised form, `/usr/app/<APPL-ID>/config`. */
  readonly toPattern: string;
  /** The target for this AID, `/usr/app/web-1/config`. */
  readonly to: string;
}

export interface Evaluation {
  readonly variables: ReadonlyMap<string, string>;
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly redirects: readonly EvaluatedRedirect[];
}

/**
 * What the rules come to for one instance (FIG. 9: rules are applied again to every clone, with the clone's own AID). Pure.
 * Throws AppshotError 'refused' when a variable's value can't stand in a path.
 */
export function evaluate(rules: RuleSet, context: RuleContext): Evaluation {
  const variables = variablesOf(rules, context);
  return {
    variables,
    env: rules.environment.map((rule) => [rule.name, fillPattern(rule.value, variables)] as const),
    redirects: rules.redirects.map(({ from, to, line }) => ({
      from,
      toPattern: to.text,
      to: fillPath(to, variables, `${rules.file}:${line}`),
    })),
  };
}

/** The variables and their values, APPL-ID among them. Throws nothing. */
export function variablesOf(rules: RuleSet, context: RuleContext): Map<string, string> {
  return new Map([...rules.definitions].map(([name, property]) => [name, valueOf(property, context)]));
}

function valueOf(property: Property, context: RuleContext): string {
  switch (property) {
    case 'application-ID':
      return context.aid;
    case 'template-ID':
      return context.template ?? '';
    case 'generation':
      return String(context.generation);
  }
}

function fillPath(path: Pattern, variables: ReadonlyMap<string, string>, where: string): string {
  return `/${components(path)
    .map((component) => fillComponent(component, variables, where))
    .join('/')}`;
}

/** One component of a path: a value that made it vanish or climb would send one instance into another's files. */
export function fillComponent(component: Pattern, variables: ReadonlyMap<string, string>, where: string): string {
  const filled = fillPattern(component, variables);
  if (filled !== '' && filled !== '.' && filled !== '..' && !/[/=\p{Cc}]/u.test(filled)) return filled;
  const why = `"${component.text}" is "${filled}" here, which can't be part of a path`;
  throw new AppshotError('refused', where, why, 'start it from a template, or use the application-ID');
}
