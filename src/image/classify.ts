/**
 * FIG. 8: how each resource of a template is to be treated in its clones. A rule decides where there is one; else the standard
 * criteria, which are asked in turn: what a later one finds stands over what an earlier one did, as FIG. 9 acts on one mark alone.
 */
import { evaluate, findRedirect, findRule, type RuleContext, type RuleSet } from '../rules/index.ts';
import type { ImageRecord } from './bodies.ts';
import { MARKS, type Mark } from './layout.ts';
import { resourcesOf } from './resources.ts';
import { traitsOf, type Traits } from './traits.ts';

export interface Classification {
  readonly mark: Mark;
  /** The mark as the record has it. */
  readonly code: number;
  /** The text of the rule that decided, or null. */
  readonly rule: string | null;
  /** Step 368: all references to it are to be kept together. */
  readonly shared: boolean;
}

/** Steps 360 to 390 for one resource. Throws what `evaluate` throws. */
export function classify(record: ImageRecord, rules: RuleSet, context: RuleContext): Classification {
  return classifyWith(record, rules, evaluate(rules, context).variables);
}

/** The same with the variables at hand, for many records. */
export function classifyWith(record: ImageRecord, rules: RuleSet, variables: ReadonlyMap<string, string>): Classification {
  const traits = traitsOf(record);
  const rule = step360FindRule(record, rules, variables);
  if (rule !== null) return step362RecordRule(rule, traits);
  return step390Process(step364Check(traits), traits);
}

/** Step 360: is there a rule? A path that a REDIR moves is decided by it, unless a RESOURCE rule speaks of it too. */
function step360FindRule(record: ImageRecord, rules: RuleSet, variables: ReadonlyMap<string, string>): string | null {
  for (const resource of resourcesOf(record)) {
    const rule = findRule(rules, resource, variables);
    if (rule !== null) return rule.text;
  }
  return record.kind === 'file' ? (findRedirect(rules, record.name, variables)?.text ?? null) : null;
}

/** Step 362: the rule is recorded with the resource as auxiliary state. */
function step362RecordRule(rule: string, traits: Traits): Classification {
  return { mark: 'rule', code: MARKS.rule, rule, shared: traits.shared };
}

/** Step 364: the standard criteria. "In most cases, no action is taken." */
function step364Check(traits: Traits): Mark {
  let mark: Mark = 'none';
  if (step366IsShared(traits)) mark = 'shared'; // 368
  if (step370CanBeModified(traits)) mark = step372HasUnderlyingObject(traits) ? 'copy-on-write' : 'duplicate'; // 374, 376
  if (step378IsSystemUnique(traits)) mark = step380IsExported(traits) ? 'multiplex' : 'virtualize'; // 382, 384
  if (step386IsNetworkUnique(traits)) mark = 'allocate'; // 388
  return mark;
}

/** Step 366: used by several, as shared memory is; all references to it will be noted. */
function step366IsShared(traits: Traits): boolean {
  return traits.shared;
}

/** Step 370: it must be isolated from the original, so that the original remains untouched. */
function step370CanBeModified(traits: Traits): boolean {
  return traits.modifiable;
}

/** Step 372: a large object with a notion of an underlying object needs no copy before it is written to. */
function step372HasUnderlyingObject(traits: Traits): boolean {
  return traits.underlying;
}

/** Step 378: no two instances on a machine can have the identifier at once. */
function step378IsSystemUnique(traits: Traits): boolean {
  return traits.systemUnique;
}

/** Step 380: clients outside know it, as they know a TCP port number. */
function step380IsExported(traits: Traits): boolean {
  return traits.exported;
}

/** Step 386: no two instances on the network can have it, as they can't have an IP address. */
function step386IsNetworkUnique(traits: Traits): boolean {
  return traits.networkUnique;
}

/** Step 390: the request is processed. */
function step390Process(mark: Mark, traits: Traits): Classification {
  return { mark, code: MARKS[mark], rule: null, shared: traits.shared };
}
