import type { Backend, TemplateFacts } from './backend.ts';
import { directoryAttributes, type Attributes, type Entry, type OpenFile } from './entry.ts';
import { Errno } from './errno.ts';
import type { Facts } from './facts.ts';
import { GeneratedFile } from './generated-file.ts';
import { Described } from './described.ts';
import { RulesFile } from './rules-file.ts';
import { Scratch } from './scratch.ts';

/** For how long a removal that was begun may pause before its files are there again, ms. */
const REMOVAL_MS = 5000;
/** For how long after a refusal the rest of a `rm -r` is refused too, ms. */
const REFUSAL_MS = 1000;

export interface TemplateContext {
  readonly backend: Backend;
  readonly facts: Facts;
  /** The template's files; those of one that is being filled may be changed. */
  root(facts: TemplateFacts): Promise<Entry>;
  /** A template was made that is to be filled. */
  opened(name: string): void;
}

/**
 * One template: root, rules, resources, info.json. `info.json` is listed first, so that a `rm -r` removes it first: with that the
 * guards of `rm` are asked, and the rest of the removal goes through without looking at every file below `root`.
 */
export class TemplateDirectory implements Entry {
  readonly #name: string;
  readonly #context: TemplateContext;
  readonly #files: ReadonlyMap<string, Entry>;
  readonly #rules: RulesFile;
  readonly #scratch = new Scratch();
  /** Names that a copy of a whole tree has still to make; null once it is known that none is being made. */
  #awaited: Set<string> | null;
  #problem: string | null = null;
  #copying = false;
  #removed = new Set<string>();
  #removing = 0;
  #refused = 0;

  /** `fresh`: it was made by mkdir just now. */
  constructor(name: string, context: TemplateContext, fresh = false) {
    this.#awaited = fresh ? new Set(['info.json', 'resources', 'rules', 'root']) : null;
    this.#name = name;
    this.#context = context;
    this.#rules = new RulesFile({
      read: async () => (await this.#facts()).rules?.text ?? '',
      write: async (text) => {
        await context.backend.setRules(name, text);
        context.facts.forget();
      },
      setProblem: (words) => {
        this.#problem = words;
        if (words !== null) context.backend.log(`rules of ${name}: ${words}`);
      },
    });
    const problem = new GeneratedFile(async () => `${this.#problem ?? ''}\n`, 0);
    this.#files = new Map<string, Entry>([
      [
        'info.json',
        new Described(
          new GeneratedFile(async () => `${JSON.stringify(await this.#facts(), null, 2)}\n`),
          () => this.#isOpen(),
          refuseMemory,
        ),
      ],
      ['resources', new Described(new GeneratedFile(async () => resourceLines(await this.#facts())), () => this.#isOpen())],
      ['rules', this.#rules],
      ['rules.error', problem],
    ]);
  }

  async stat(): Promise<Attributes> {
    return directoryAttributes(Date.parse((await this.#facts()).created));
  }

  async list(): Promise<string[]> {
    await this.#noCopy();
    const removed = this.#gone();
    const names = [...this.#files.keys()].filter((name) => name !== 'rules.error' || this.#problem !== null);
    return [...names, ...this.#scratch.names(), 'root'].filter((name) => !removed.has(name) && this.#awaited?.has(name) !== true);
  }

  async child(name: string): Promise<Entry | null> {
    if (name === 'root') await this.#noCopy();
    if (this.#gone().has(name) || (await this.#isAwaited(name))) return null;
    if (name === 'rules.error' && this.#problem === null) return null;
    if (name !== 'root') return this.#files.get(name) ?? this.#scratch.get(name);
    if (this.#removed.size > 0) return emptyDirectory;
    if (Date.now() - this.#refused < REFUSAL_MS) return refusedDirectory;
    return this.#context.root(await this.#facts());
  }

  async create(name: string): Promise<OpenFile> {
    if (this.#awaited?.delete(name) !== true) return this.#scratch.create(name);
    this.#copying = true;
    return (await this.#files.get(name)?.open?.(1)) ?? this.#scratch.create(name);
  }

  async mkdir(name: string): Promise<void> {
    if (this.#awaited?.delete(name) !== true) throw new Errno('EPERM');
  }

  async rename(name: string, to: Entry, toName: string): Promise<void> {
    if (to !== this) throw new Errno('EXDEV');
    const file = this.#scratch.get(name);
    if (file !== null && toName === 'rules') {
      await this.#rules.replace(file.content);
      this.#scratch.remove(name);
    } else if (name === 'rules') {
      // An editor sets the old text aside before it writes the new one.
      this.#scratch.put(toName, Buffer.from((await this.#facts()).rules?.text ?? ''));
    } else if (this.#files.has(name) || name === 'root' || this.#files.has(toName) || toName === 'root') throw new Errno('EPERM');
    else this.#scratch.rename(name, toName);
  }

  async unlink(name: string): Promise<void> {
    if (this.#scratch.remove(name)) return;
    if (this.#gone().size === 0) await this.#beginRemoval(name);
    this.#removed.add(name);
    this.#removing = Date.now();
  }

  async rmdir(name: string): Promise<void> {
    if (name !== 'root') throw new Errno('ENOTDIR');
    if (this.#gone().size === 0) throw new Errno(Date.now() - this.#refused < REFUSAL_MS ? 'EBUSY' : 'EPERM');
    this.#removed.add(name);
    this.#removing = Date.now();
  }

  /**
   * Copies of a whole tree insist on making what they copy: the files of a template that mkdir has made just now are first shown when
   * they are made, if the first thing that is made there is one of them. Who looks at the directory or into `root` makes no such copy.
   */
  async #isAwaited(name: string): Promise<boolean> {
    if (this.#awaited?.has(name) !== true) return false;
    if (await this.#isOpen()) return true;
    this.#awaited = null;
    return false;
  }

  async #noCopy(): Promise<void> {
    if (!this.#copying || !(await this.#isOpen())) this.#awaited = null;
  }

  // Set by copies of whole trees; they mean nothing for what is a record in the daemon's tables.
  chmod = () => this.#whileOpen();
  chown = () => this.#whileOpen();
  utimes = () => this.#whileOpen();

  async #beginRemoval(name: string): Promise<void> {
    // The rules alone: that would be an edit, and not the one that was meant.
    if (name === 'rules' || name === 'rules.error') throw new Errno('EPERM');
    try {
      await this.#context.backend.checkRemovable(this.#name);
    } catch (error) {
      this.#refused = Date.now();
      throw error;
    }
  }

  /** The files that a removal has taken so far; none once it has paused for too long. */
  #gone(): ReadonlySet<string> {
    if (this.#removed.size > 0 && Date.now() - this.#removing > REMOVAL_MS) this.#removed = new Set();
    return this.#removed;
  }

  async #whileOpen(): Promise<void> {
    if (!(await this.#isOpen())) throw new Errno('EPERM');
  }

  async #isOpen(): Promise<boolean> {
    return (await this.#facts()).layers[0]?.state === 'open';
  }

  #facts(): Promise<TemplateFacts> {
    return this.#context.facts.template(this.#name);
  }
}

const emptyDirectory: Entry = { stat: async () => directoryAttributes(Date.now()), list: async () => [], child: async () => null };
const refusedDirectory: Entry = {
  stat: async () => directoryAttributes(Date.now()),
  list: () => Promise.reject(new Errno('EBUSY')),
  child: () => Promise.reject(new Errno('EBUSY')),
};

/** Of a running template a copy of files has the files alone: who makes one is told so, and `appshot cp` makes a whole one. */
function refuseMemory(info: string): void {
  if (/^ {2}"kind": "running",?$/m.test(info))
    throw new Errno('EOPNOTSUPP', 'a copy of files has not the memory of a running template; appshot cp copies it');
}

/** What FIG. 8 marked, a line each: type, id, mark, rule, name; TAB between. */
function resourceLines({ resources }: TemplateFacts): string {
  return resources.map(({ type, id, mark, rule, name }) => `${[type, id, mark, rule ?? '-', name].join('\t')}\n`).join('');
}
