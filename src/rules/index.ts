/** Rules: what an application's configurator says about its resources. Pure: no file is read here. */
export { parseRules, noRules } from './parse.ts';
export { RulesError, type Problem } from './rules-error.ts';
export type { EnvironmentRule, RedirectRule, ResourceRule, RuleContext, RuleSet } from './rule-set.ts';
export { evaluate, type Evaluation, type EvaluatedRedirect } from './evaluate.ts';
export { customPrefixes, customise, precustomise, type CustomPrefix } from './customise.ts';
export { viewOptions, type ViewOptions } from './view-options.ts';
export { explain, type Explanation } from './explain.ts';
export { findRedirect, findRule, type Resource } from './match.ts';
export type { Access, Action, ResourceType } from './words.ts';
