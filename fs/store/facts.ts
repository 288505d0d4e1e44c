import type { Backend, InstanceFacts, TemplateFacts } from './backend.ts';

/** How long an answer of the daemon holds, ms: a walk through thousands of files must not ask it thousands of times. */
const LIST_MS = 300;
const ONE_MS = 1500;

interface Kept<T> {
  readonly at: number;
  readonly value: Promise<T>;
}

/** What the daemon said lately. A change made through the mount is seen at once: `forget`. */
export class Facts {
  readonly #backend: Backend;
  readonly #kept = new Map<string, Kept<unknown>>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  templates = () => this.#keep('templates', LIST_MS, () => this.#backend.templates());
  instances = () => this.#keep('instances', ONE_MS, () => this.#backend.instances());
  template = (name: string): Promise<TemplateFacts> => this.#keep(`template:${name}`, ONE_MS, () => this.#backend.template(name));
  instance = (aid: string): Promise<InstanceFacts> => this.#keep(`instance:${aid}`, ONE_MS, () => this.#backend.instance(aid));

  forget(): void {
    this.#kept.clear();
  }

  #keep<T>(key: string, ms: number, ask: () => Promise<T>): Promise<T> {
    const now = Date.now();
    const known = this.#kept.get(key) as Kept<T> | undefined;
    if (known !== undefined && now - known.at < ms) return known.value;
    if (this.#kept.size > 1000) this.#kept.clear();
    const value = ask();
    this.#kept.set(key, { at: now, value });
    value.catch(() => this.#kept.delete(key));
    return value;
  }
}
