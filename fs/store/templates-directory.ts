import { directoryAttributes, type Attributes, type Entry } from './entry.ts';
import { Errno } from './errno.ts';
import { TemplateDirectory, type TemplateContext } from './template-directory.ts';

const started = Date.now();

/** All templates. `mkdir` makes an empty one, `rmdir` and `rename` are `rm` and `mv`, with their guards. */
export class TemplatesDirectory implements Entry {
  readonly #context: TemplateContext;
  /** What is remembered of a template between two calls: edits, removals. */
  readonly #known = new Map<string, TemplateDirectory>();

  constructor(context: TemplateContext) {
    this.#context = context;
  }

  async stat(): Promise<Attributes> {
    return directoryAttributes(started);
  }

  async list(): Promise<string[]> {
    const names = (await this.#context.facts.templates()).map(({ name }) => name);
    for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name);
    return names;
  }

  async child(name: string): Promise<TemplateDirectory | null> {
    if (!(await this.list()).includes(name)) return null;
    const known = this.#known.get(name) ?? new TemplateDirectory(name, this.#context);
    this.#known.set(name, known);
    return known;
  }

  mkdir(name: string): Promise<void> {
    return this.#change(async () => {
      await this.#context.backend.createOpen(name);
      this.#context.opened(name);
      this.#known.set(name, new TemplateDirectory(name, this.#context, true));
    });
  }

  rmdir(name: string): Promise<void> {
    return this.#change(async () => {
      await this.#context.backend.remove(name);
      this.#known.delete(name);
    });
  }

  rename(name: string, to: Entry, toName: string): Promise<void> {
    if (to !== this) throw new Errno('EXDEV');
    return this.#change(async () => {
      await this.#context.backend.rename(name, toName);
      this.#known.delete(name);
    });
  }

  async #change(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      this.#context.facts.forget();
    }
  }
}
