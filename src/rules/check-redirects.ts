/** Redirections that can't stand beside each other: one inside another's source, and circles. */
import { isWithin } from './check-paths.ts';
import type { RedirectRule } from './rule-set.ts';

export interface RedirectFault {
  readonly rule: RedirectRule;
  readonly message: string;
}

/** All faults, in the order of the rules. Throws nothing. */
export function faultsAmong(rules: readonly RedirectRule[]): RedirectFault[] {
  return rules.flatMap((rule, index) => {
    const message = clash(rule, rules.slice(0, index)) ?? circle(rule, rules);
    return message === null ? [] : [{ rule, message }];
  });
}

function clash(rule: RedirectRule, earlier: readonly RedirectRule[]): string | null {
  for (const other of earlier) {
    if (other.from === rule.from) return `"${rule.from}" is redirected already, in line ${other.line}`;
    if (isWithin(rule.from, other.from)) return `"${rule.from}" lies inside "${other.from}", which line ${other.line} redirects`;
    if (isWithin(other.from, rule.from)) return `"${other.from}", which line ${other.line} redirects, lies inside "${rule.from}"`;
  }
  return null;
}

/** Follows the targets as the kernel would, by their patterns: a variable's value can't be known to be another's name. */
function circle(start: RedirectRule, rules: readonly RedirectRule[]): string | null {
  let rule: RedirectRule | undefined = start;
  for (let steps = 0; rule !== undefined && steps <= rules.length; steps++) {
    const target: string = rule.to.text;
    if (isWithin(target, start.from)) return `"${start.from}" would lead back to itself`;
    rule = rules.find((other) => isWithin(target, other.from));
  }
  return null;
}
