import type { Backend, TemplateFacts } from './backend.ts';
import { directoryAttributes, type Entry } from './entry.ts';
import { Errno } from './errno.ts';
import { Facts } from './facts.ts';
import { HostFile, type HostTree, type InodeCalls } from './host-file.ts';
import { InstancesDirectory } from './instances-directory.ts';
import { TemplatesDirectory } from './templates-directory.ts';
import type { Views } from './views.ts';

/** A template that nobody has written to for so long is whole, ms. */
const QUIET_MS = 2000;
/** And one that nobody has put anything in yet. */
const EMPTY_MS = 60_000;

interface Filling {
  readonly tree: HostTree;
  touched: boolean;
  written: number;
  writers: number;
}

/** The whole of the mounted store: `templates` and `instances`. */
export class StoreTree {
  readonly root: Entry;
  readonly #backend: Backend;
  readonly #facts: Facts;
  readonly #views: Views;
  readonly #calls: InodeCalls;
  readonly #looking: HostTree;
  readonly #filling = new Map<string, Filling>();

  constructor(backend: Backend, views: Views, calls: InodeCalls) {
    this.#backend = backend;
    this.#facts = new Facts(backend);
    this.#views = views;
    this.#calls = calls;
    this.#looking = { calls, touch: refuse, hold: refuse };
    const context = { backend, facts: this.#facts };
    const templates = new TemplatesDirectory({
      ...context,
      root: (facts) => this.#rootOf(facts),
      opened: (name) => {
        this.#fill(name);
      },
    });
    const instances = new InstancesDirectory({ ...context, readOnly: (path) => new HostFile(this.#looking, Buffer.from(path)) });
    const started = Date.now();
    this.root = {
      stat: async () => directoryAttributes(started, 0o555),
      list: async () => ['templates', 'instances'],
      child: async (name) => (name === 'templates' ? templates : name === 'instances' ? instances : null),
    };
  }

  /** The entry at an absolute path of the mount. Throws Errno. */
  async find(path: string): Promise<Entry> {
    let at: Entry = this.root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (at.child === undefined) throw new Errno('ENOTDIR');
      const next = await at.child(name);
      if (next === null) throw new Errno('ENOENT');
      at = next;
    }
    return at;
  }

  /** Seals templates that have been filled, and lets go of what nobody looks at. With `all` also what was written just now. */
  async settle(all = false): Promise<void> {
    for (const [name, { written, touched, writers }] of [...this.#filling]) {
      if (!all && (writers > 0 || Date.now() - written < (touched ? QUIET_MS : EMPTY_MS))) continue;
      this.#filling.delete(name);
      await this.#backend.seal(name).catch((error: unknown) => {
        this.#backend.log(`template ${name} could not be sealed: ${String(error)}`);
      });
      this.#facts.forget();
    }
    await this.#views.sweep();
  }

  async #rootOf(facts: TemplateFacts): Promise<Entry> {
    const [top] = facts.layers;
    if (top?.state !== 'open') {
      const { at, hidden } = await this.#views.rootOf(facts);
      return new HostFile(this.#looking, Buffer.from(at), hidden);
    }
    return new HostFile(this.#fill(facts.name).tree, Buffer.from(top.path));
  }

  #fill(name: string): Filling {
    const known = this.#filling.get(name);
    if (known !== undefined) return known;
    const touch = (): void => {
      made.touched = true;
      made.written = Date.now();
    };
    const hold = (): (() => void) => {
      made.writers++;
      return () => {
        made.writers--;
        touch();
      };
    };
    const made: Filling = { tree: { calls: this.#calls, touch, hold }, touched: false, written: Date.now(), writers: 0 };
    this.#filling.set(name, made);
    return made;
  }
}

function refuse(): never {
  throw new Errno('EROFS', 'a sealed template is never changed');
}
