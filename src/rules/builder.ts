/** From statements to a sound rule set: says what is wrong with each, and goes on to the next. */
import { LIBRARY_SETTINGS } from '../library-settings.ts';
import { faultOfPath, faultOfSource, tidyPath } from './check-paths.ts';
import { faultsAmong } from './check-redirects.ts';
import { makePattern, hasVariables, type Pattern } from './pattern.ts';
import { Problems } from './rules-error.ts';
import type { EnvironmentRule, RedirectRule, ResourceRule, RuleSet } from './rule-set.ts';
import type * as ast from './statement.ts';
import { ACCESSES, ACTIONS, ACTIONS_OF, APPLICATION_VARIABLE, PROPERTIES, RESOURCE_TYPES, wordAmong, type Property } from './words.ts';

/** A use of a variable, judged at the end: a Define may stand anywhere in the file. */
interface Use {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

export class Builder {
  readonly problems = new Problems();
  readonly #file: string;
  readonly #source: string;
  readonly #definitions = new Map<string, { property: Property; line: number }>();
  readonly #uses: Use[] = [];
  readonly #redirects: { rule: RedirectRule; column: number }[] = [];
  readonly #environment: EnvironmentRule[] = [];
  readonly #resources: ResourceRule[] = [];

  constructor(file: string, source: string) {
    this.#file = file;
    this.#source = source;
  }

  add(statement: ast.Statement, line: number, text: string): void {
    switch (statement.kind) {
      case 'define': {
        this.#define(statement, line);
        return;
      }
      case 'redirect': {
        this.#redirect(statement, line, text);
        return;
      }
      case 'environment': {
        this.#setEnvironment(statement, line, text);
        return;
      }
      case 'resource': {
        this.#resource(statement, line, text);
        return;
      }
    }
  }

  /** Throws RulesError when anything was wrong. */
  finish(): RuleSet {
    for (const { name, line, column } of this.#uses)
      if (name !== APPLICATION_VARIABLE && !this.#definitions.has(name))
        this.problems.add(line, column, `<${name}> is not defined: write "Define <${name}> as PROPERTY ..." first`);
    for (const { rule, message } of faultsAmong(this.#redirects.map(({ rule }) => rule)))
      this.problems.add(rule.line, this.#redirects.find((other) => other.rule === rule)?.column ?? 1, message);
    this.problems.throwIfAny(this.#file);
    const definitions = new Map<string, Property>([[APPLICATION_VARIABLE, 'application-ID']]);
    for (const [name, { property }] of this.#definitions) definitions.set(name, property);
    return {
      file: this.#file,
      source: this.#source,
      definitions,
      redirects: this.#redirects.map(({ rule }) => rule),
      environment: this.#environment,
      resources: this.#resources,
    };
  }

  #define({ variable, property }: ast.DefineStatement, line: number): void {
    const known = wordAmong(PROPERTIES, property.text);
    const before = this.#definitions.get(variable.text);
    if (known === undefined) this.problems.add(line, property.column, `unknown property "${property.text}": use ${PROPERTIES.join(', ')}`);
    if (before !== undefined) this.problems.add(line, variable.column, `<${variable.text}> is defined already, in line ${before.line}`);
    else if (variable.text === APPLICATION_VARIABLE && known !== undefined && known !== 'application-ID')
      this.problems.add(line, property.column, `<${APPLICATION_VARIABLE}> always is the application-ID`);
    else this.#definitions.set(variable.text, { property: known ?? 'application-ID', line });
  }

  #redirect(statement: ast.RedirectStatement, line: number, text: string): void {
    const from = this.#pattern(statement.from, line);
    const to = this.#pattern(statement.to, line);
    const faultFrom = faultOfSource(from);
    const faultTo = faultOfPath(to);
    if (faultFrom !== null) this.problems.add(line, statement.from.column, faultFrom);
    if (faultTo !== null) this.problems.add(line, statement.to.column, faultTo);
    if (faultFrom !== null || faultTo !== null) return;
    const rule = { from: tidyPath(from.text), to: tidyPattern(to), line, text };
    this.#redirects.push({ rule, column: statement.from.column });
  }

  #setEnvironment(statement: ast.EnvironmentStatement, line: number, text: string): void {
    const name = this.#pattern(statement.name, line);
    const value = this.#pattern(statement.value, line);
    const before = this.#environment.find((rule) => rule.name === name.text);
    if (hasVariables(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name.text))
      this.problems.add(line, statement.name.column, `"${name.text}" is no name of an environment variable`);
    else if (/^APPSHOT_/.test(name.text) && !LIBRARY_SETTINGS.includes(name.text))
      this.problems.add(line, statement.name.column, `"${name.text}" is set by Appshot itself`);
    else if (before !== undefined) this.problems.add(line, statement.name.column, `"${name.text}" is set already, in line ${before.line}`);
    else this.#environment.push({ name: name.text, value, line, text });
  }

  #resource(statement: ast.ResourceStatement, line: number, text: string): void {
    const pattern = this.#pattern(statement.pattern, line);
    const type = this.#word(RESOURCE_TYPES, 'resource type', statement.type, line);
    const action = this.#word(ACTIONS, 'action', statement.action, line);
    const accesses = statement.accesses.map((access) => this.#word(ACCESSES, 'access', access, line));
    if (pattern.text === '') this.problems.add(line, statement.pattern.column, 'the name of the resource is empty');
    if (type === 'file' && pattern.text !== '' && !/^[/*]/.test(pattern.text))
      this.problems.add(line, statement.pattern.column, `"${pattern.text}" is not an absolute path`);
    if (type === undefined || action === undefined || accesses.includes(undefined)) return;
    if (!ACTIONS_OF[type].includes(action))
      this.problems.add(line, statement.action.column, `"${action}" can't be done to a ${type}: use ${ACTIONS_OF[type].join(', ')}`);
    const known = accesses.filter((access) => access !== undefined);
    const before = this.#resources.find((rule) => rule.type === type && rule.pattern.text === pattern.text && covers(rule.accesses, known));
    if (before !== undefined) this.problems.add(line, statement.pattern.column, `line ${before.line} decides this already`);
    else this.#resources.push({ type, pattern, accesses: known, action, line, text });
  }

  #pattern(string: ast.LocatedString, line: number): Pattern {
    for (const part of string.parts)
      if ('variable' in part) this.#uses.push({ name: part.variable, line, column: part.column });
      else if (part.text.includes('\0')) this.problems.add(line, string.column, 'a string can hold no NUL');
    return makePattern(string.parts);
  }

  #word<W extends string>(words: readonly W[], what: string, found: ast.Located, line: number): W | undefined {
    const word = wordAmong(words, found.text);
    if (word === undefined) this.problems.add(line, found.column, `unknown ${what} "${found.text}": use ${words.join(', ')}`);
    return word;
  }
}

/** Whether a later rule for `others` could never be reached: `ON any` may well follow `ON write` as the rest. */
function covers(earlier: readonly string[], others: readonly string[]): boolean {
  return earlier.includes('any') || others.every((access) => earlier.includes(access));
}

function tidyPattern(pattern: Pattern): Pattern {
  const text = tidyPath(pattern.text);
  const parts = pattern.parts.map((part) => ('text' in part ? { text: part.text.replace(/\/+/g, '/') } : part));
  const last = parts.at(-1);
  if (last !== undefined && 'text' in last && parts.length > 0 && text !== '/')
    parts[parts.length - 1] = { text: last.text.replace(/\/$/, '') };
  return { parts, text };
}
