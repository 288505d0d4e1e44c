/** A checked rule file. Everything in it is known to be sound: names are defined, paths absolute, nothing said twice. */
import type { Pattern } from './pattern.ts';
import type { Access, Action, Property, ResourceType } from './words.ts';

interface Rule {
  readonly line: number;
  /** The statement as the file has it, without its comment. */
  readonly text: string;
}

export interface Definition extends Rule {
  readonly variable: string;
  readonly property: Property;
}

/** A path that is a dynamic symbolic link to another whose name holds variables. */
export interface RedirectRule extends Rule {
  readonly from: string;
  readonly to: Pattern;
}

export interface EnvironmentRule extends Rule {
  readonly name: string;
  readonly value: Pattern;
}

/** FIG. 8: "the rule will state the type of resource, the type of access, and the action to be taken". */
export interface ResourceRule extends Rule {
  readonly type: ResourceType;
  readonly pattern: Pattern;
  readonly accesses: readonly Access[];
  readonly action: Action;
}

export interface RuleSet {
  readonly file: string;
  /** The whole text, for storing with a template. */
  readonly source: string;
  /** Always holds APPL-ID. */
  readonly definitions: ReadonlyMap<string, Property>;
  readonly redirects: readonly RedirectRule[];
  readonly environment: readonly EnvironmentRule[];
  /** In the order of the file: the first that matches decides. */
  readonly resources: readonly ResourceRule[];
}

/** Whose rules these are: what the properties of FIG. 8's rules stand for. */
export interface RuleContext {
  readonly aid: string;
  /** Null for an instance that was started from no template. */
  readonly template: string | null;
  /** 0 at launch, and one more with every clone. */
  readonly generation: number;
}
