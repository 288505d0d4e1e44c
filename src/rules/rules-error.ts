import { AppshotError } from '../errors.ts';

/** One mistake in a rule file. Lines and columns count from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A rule file that can't be used, with every mistake that was found in it, in the order of the file. */
export class RulesError extends AppshotError {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    super('misuse', `${file}:${first.line}:${first.column}`, first.message + more);
    this.file = file;
    this.problems = problems;
  }

  /** `file:line:col: message` for each. */
  lines(): string[] {
    return this.problems.map(({ line, column, message }) => `${this.file}:${line}:${column}: ${message}`);
  }
}

/** Gathers mistakes while a file is read. */
export class Problems {
  readonly #found: Problem[] = [];

  add(line: number, column: number, message: string): void {
    this.#found.push({ line, column, message });
  }

  /** Throws RulesError when any were added. */
  throwIfAny(file: string): void {
    const [first, ...others] = this.#found.toSorted((a, b) => a.line - b.line || a.column - b.column);
    if (first !== undefined) throw new RulesError(file, [first, ...others]);
  }
}
