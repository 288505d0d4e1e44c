import { readFileSync } from 'node:fs';
import { watch, type FSWatcher } from 'chokidar';
import { AppshotError } from './errors.ts';
import { NO_FILE } from './no-file.ts';
import { noRules, parseRules, type RuleSet } from './rules/index.ts';

const nothingSaid = noRules();

/**
 * The rule files in use, watched: a change is read again for the next clone. A file that has become unreadable or wrong
 * keeps its last good text in force; the problem is told to `warn`.
 */
export class RuleFiles {
  readonly #warn: (message: string) => void;
  readonly #current = new Map<string, RuleSet>();
  readonly #watcher: FSWatcher;
  /** By their text: sets that no file stands behind. */
  readonly #texts = new Map<string, RuleSet>();

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
    this.#watcher = watch([], { ignoreInitial: true, persistent: false, awaitWriteFinish: { stabilityThreshold: 20, pollInterval: 10 } });
    this.#watcher
      .on('change', (file) => {
        this.#reread(file);
      })
      .on('add', (file) => {
        this.#reread(file);
      });
  }

  /** Parses and starts to watch. Throws RulesError. */
  use(rules: { readonly text: string; readonly file: string }): RuleSet {
    if (rules.file === NO_FILE) return this.#parsed(rules.text);
    const parsed = parseRules(rules.text, rules.file);
    this.watch(rules.file, parsed);
    return parsed;
  }

  /** The rules as stored with a template, or as their file says by now. */
  latest(stored: { readonly text: string; readonly file: string } | null): RuleSet {
    if (stored === null) return nothingSaid;
    if (stored.file === NO_FILE) return this.#parsed(stored.text);
    const watched = this.#current.get(stored.file);
    if (watched !== undefined) return watched;
    const parsed = parseRules(stored.text, stored.file);
    this.watch(stored.file, parsed);
    return parsed;
  }

  watch(file: string, rules: RuleSet): void {
    if (!this.#current.has(file)) this.#watcher.add(file);
    this.#current.set(file, rules);
  }

  /** The same set for the same text: what is kept ready for a template goes by its set. */
  #parsed(text: string): RuleSet {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const parsed = parseRules(text, NO_FILE);
    this.#texts.set(text, parsed);
    return parsed;
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #reread(file: string): void {
    try {
      this.#current.set(file, parseRules(readFileSync(file, 'utf8'), file));
    } catch (error) {
      this.#warn(error instanceof AppshotError ? error.message : `read ${file}: ${String(error)}`);
    }
  }
}
