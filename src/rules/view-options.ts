import { aliasesOf } from './aliases.ts';
import { variablesOf } from './evaluate.ts';
import type { RuleContext, RuleSet } from './rule-set.ts';

/** What the view server must be told, so that an instance sees its dynamic symbolic links. */
export interface ViewOptions {
  readonly vars: readonly (readonly [name: string, value: string])[];
  readonly aliases: readonly { readonly parent: string; readonly literal: string; readonly shown: string }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/**
 * For `REDIR PATH "/user/app/config" to "/usr/app/<APPL-ID>/config"` and the AID web-1: the link /user/app/config with the
 * target as written (the view resolves it at readlink), and in /usr/app the stored `<APPL-ID>` shown as web-1.
 * An alias below another names its parent as the instance sees it. Throws as `evaluate` does.
 */
export function viewOptions(rules: RuleSet, context: RuleContext): ViewOptions {
  return {
    vars: [...variablesOf(rules, context)],
    aliases: aliasesOf(rules, context).map(({ shownParent, literal, shown }) => ({ parent: shownParent, literal, shown })),
    links: rules.redirects.map(({ from, to }) => ({ path: from, target: to.text })),
  };
}
