import { AppshotError } from '../errors.ts';
import { tidyPath } from './check-paths.ts';
import { evaluate } from './evaluate.ts';
import { findRedirect, findRule } from './match.ts';
import { fillPattern } from './pattern.ts';
import type { RuleContext, RuleSet } from './rule-set.ts';
import { RESOURCE_TYPES, wordAmong, type Action, type ResourceType } from './words.ts';

/** Which rule decides, and what it makes of the value. */
export interface Explanation {
  /** `FILE:LINE: text`, or null when FIG. 8's standard criteria decide. */
  readonly rule: string | null;
  /** The value as the instance has it. */
  readonly result: string;
  /** How a clone treats it. */
  readonly mark: string;
}

/** What the criteria of FIG. 8 come to for a resource of each type that is used as it commonly is. */
const USUAL_MARK: Readonly<Record<ResourceType, string>> = {
  file: 'copy-on-write',
  memory: 'copy-on-write',
  socket: 'duplicate',
  port: 'multiplex',
  shm: 'virtualize',
  sem: 'virtualize',
  msg: 'virtualize',
  pipe: 'duplicate',
  timer: 'duplicate',
  process: 'virtualize',
};

/** Pure. `type` is a resource type, `path` (as `file`) or `env`. Throws AppshotError 'misuse' for any other. */
export function explain(rules: RuleSet, type: string, value: string, context: RuleContext): Explanation {
  if (type.toLowerCase() === 'env') return explainEnvironment(rules, value, context);
  const known = type.toLowerCase() === 'path' ? 'file' : wordAmong(RESOURCE_TYPES, type);
  if (known === undefined)
    throw new AppshotError('misuse', `explain ${type}`, 'unknown type', `use env, path, ${RESOURCE_TYPES.join(', ')}`);
  return known === 'file' ? explainPath(rules, value, context) : explainResource(rules, known, value, value, context);
}

function explainEnvironment(rules: RuleSet, name: string, context: RuleContext): Explanation {
  const rule = rules.environment.find((other) => other.name === name);
  if (rule === undefined) return { rule: null, result: name, mark: 'none' };
  const { variables } = evaluate(rules, context);
  return { rule: quoted(rules, rule), result: fillPattern(rule.value, variables), mark: 'duplicate' };
}

/** A redirection moves the path; a RESOURCE rule on either name then decides how it is treated. */
function explainPath(rules: RuleSet, value: string, context: RuleContext): Explanation {
  if (!value.startsWith('/')) throw new AppshotError('misuse', `explain ${value}`, 'it is not an absolute path');
  const path = tidyPath(value);
  const { variables, redirects } = evaluate(rules, context);
  const redirect = findRedirect(rules, path, variables);
  const target = redirects.find(({ from }) => from === redirect?.from && (path === from || path.startsWith(`${from}/`)));
  const result = target === undefined ? path : target.to + path.slice(target.from.length);
  const found = explainResource(rules, 'file', path, result, context);
  if (found.rule !== null || redirect === null) return found;
  return { rule: quoted(rules, redirect), result, mark: 'duplicate' };
}

function explainResource(rules: RuleSet, type: ResourceType, name: string, result: string, context: RuleContext): Explanation {
  const { variables } = evaluate(rules, context);
  const rule = findRule(rules, { type, names: [...new Set([name, result])], accesses: ['any'] }, variables);
  if (rule === null) return { rule: null, result, mark: USUAL_MARK[type] };
  return { rule: quoted(rules, rule), result, mark: markOf(rule.action) };
}

/** The mark's name for an action. */
export function markOf(action: Action): string {
  return action === 'share' ? 'shared' : action === 'keep' ? 'none' : action;
}

function quoted(rules: RuleSet, rule: { readonly line: number; readonly text: string }): string {
  return `${rules.file}:${rule.line}: ${rule.text}`;
}
