import type { Backend } from './backend.ts';
import { directoryAttributes, type Attributes, type Entry } from './entry.ts';
import type { Facts } from './facts.ts';
import { GeneratedFile } from './generated-file.ts';

const started = Date.now();

export interface InstanceContext {
  readonly backend: Backend;
  readonly facts: Facts;
  /** A directory of this machine, to be looked at only. */
  readOnly(path: string): Entry;
}

/** All instances, to be looked at: their ends and their changes are the commands' business. */
export class InstancesDirectory implements Entry {
  readonly #context: InstanceContext;
  readonly #known = new Map<string, InstanceDirectory>();

  constructor(context: InstanceContext) {
    this.#context = context;
  }

  async stat(): Promise<Attributes> {
    return directoryAttributes(started, 0o555);
  }

  async list(): Promise<string[]> {
    const aids = (await this.#context.facts.instances()).map(({ aid }) => aid);
    for (const aid of this.#known.keys()) if (!aids.includes(aid)) this.#known.delete(aid);
    return aids;
  }

  async child(aid: string): Promise<Entry | null> {
    const there = await this.#context.facts.instance(aid).catch((error: unknown) => {
      const { code } = error as { code?: unknown };
      if (code === 'not-found' || code === 'misuse') return null;
      throw error;
    });
    if (there === null) return null;
    const known = this.#known.get(aid) ?? new InstanceDirectory(aid, this.#context);
    this.#known.set(aid, known);
    return known;
  }
}

class InstanceDirectory implements Entry {
  readonly #aid: string;
  readonly #context: InstanceContext;
  readonly #files: ReadonlyMap<string, Entry>;

  constructor(aid: string, context: InstanceContext) {
    this.#aid = aid;
    this.#context = context;
    const { facts, backend } = context;
    this.#files = new Map<string, Entry>([
      ['status.json', new GeneratedFile(async () => `${JSON.stringify(await facts.instance(aid), null, 2)}\n`)],
      ['rules', new GeneratedFile(async () => (await facts.instance(aid)).rules?.text ?? '')],
      ['tables', new GeneratedFile(async () => (await backend.ids(aid)).map((row) => `${JSON.stringify(row)}\n`).join(''))],
    ]);
  }

  async stat(): Promise<Attributes> {
    return directoryAttributes(Date.parse((await this.#context.facts.instance(this.#aid)).created), 0o555);
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys(), 'root'];
  }

  async child(name: string): Promise<Entry | null> {
    if (name !== 'root') return this.#files.get(name) ?? null;
    return this.#context.readOnly((await this.#context.facts.instance(this.#aid)).root);
  }
}
