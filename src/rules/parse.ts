import { Builder } from './builder.ts';
import { parseLine } from './parse-line.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * Reads a rule file. Pure. All mistakes are found in one reading, each with its line and column.
 * Throws RulesError (an AppshotError, code 'misuse').
 */
export function parseRules(text: string, file: string): RuleSet {
  const builder = new Builder(file, text);
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((source, index) => {
      const line = index + 1;
      const result = parseLine(source);
      if (!result.ok) builder.problems.add(line, result.column, result.message);
      else if (result.statement !== null) builder.add(result.statement, line, statementText(source));
    });
  return builder.finish();
}

/** A rule set that says nothing beyond what holds everywhere. */
export function noRules(): RuleSet {
  return parseRules('', '(no rules)');
}

/** The statement without its comment; a `#` within quotes is no comment. */
function statementText(source: string): string {
  const statement = /^(?:[^"#]|"(?:[^"\\]|\\.)*")*/.exec(source)?.[0] ?? source;
  return statement.trim();
}
