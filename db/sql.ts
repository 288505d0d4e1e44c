/** better-sqlite3, with statements prepared once and failures in the product's own words. The other files here write SQL. */
import type { Database as Handle, Statement } from 'better-sqlite3';
import { inWords } from './failures.ts';

export type Value = string | number | bigint | null;
export type Bindings = Readonly<Record<string, Value>>;
/** A row as SQLite gives it: columns by name. */
export type Columns = Readonly<Record<string, Value>>;

export class Sql {
  readonly #handle: Handle;
  readonly #file: string;
  readonly #statements = new Map<string, Statement<[Bindings], Columns>>();

  constructor(handle: Handle, file: string) {
    this.#handle = handle;
    this.#file = file;
  }

  /** All of the methods throw AppshotError: see failures.ts for the codes. */
  all(text: string, bindings: Bindings = {}): Columns[] {
    return this.#attempt(() => this.#prepared(text).all(bindings));
  }

  get(text: string, bindings: Bindings = {}): Columns | undefined {
    return this.#attempt(() => this.#prepared(text).get(bindings));
  }

  /** The number of rows changed. */
  run(text: string, bindings: Bindings = {}): number {
    return this.#attempt(() => this.#prepared(text).run(bindings).changes);
  }

  /**
   * All of `work` or none of it. The write lock is taken at the start (BEGIN IMMEDIATE): a transaction that reads first and
   * takes the lock later fails at once, without waiting, when another process has written in between.
   */
  transaction<T>(work: () => T): T {
    return this.#attempt(() => (this.#handle.inTransaction ? work() : this.#handle.transaction(work).immediate()));
  }

  #prepared(text: string): Statement<[Bindings], Columns> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#handle.prepare<[Bindings], Columns>(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw inWords(error, this.#file);
    }
  }
}
