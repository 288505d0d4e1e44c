import { existsSync } from 'node:fs';
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ViewPlan } from '../view-server.ts';
import type { TemplateFacts } from './backend.ts';

/** The part of a view server that this needs. */
export interface Mounter {
  mount(plan: ViewPlan): Promise<unknown>;
  unmount(aid: string): Promise<void>;
  mounted(): Promise<string[]>;
}

export interface ViewPlaces {
  /** Where views are mounted. */
  readonly mounts: string;
  /** What of the machine's own files is never shown: the store itself, and the kernel's file systems. */
  readonly masks: readonly string[];
}

interface View {
  readonly aid: string;
  readonly at: string;
  readonly layers: string;
  /** Directories that every view has and no layer of this template. */
  readonly hidden: readonly string[];
  /** What tells it from anything else at its place: a person may unmount it there. */
  readonly device: number;
  used: number;
}

const deviceOf = async (path: string): Promise<number> => (await stat(path)).dev;
const isAt = (view: View): Promise<boolean> =>
  deviceOf(view.at).then(
    (device) => device === view.device,
    () => false,
  );

/** Where a template's merged files are, and which of the names there are not its own. */
export type TemplateRoot = Pick<View, 'at' | 'hidden'>;

/** What a view shows for an instance's sake: mount points and the product's own files. */
const VIEW_OWN = ['.appshot', 'dev', 'proc', 'sys', 'tmp'];

/** Those among them that no layer of a template has. */
export const notItsOwn = (layers: readonly { readonly path: string }[]): string[] =>
  VIEW_OWN.filter((name) => !layers.some(({ path }) => existsSync(join(path, name))));

/** A view that nobody has looked into for so long is taken down, ms. */
const IDLE_MS = 60_000;
const PREFIX = 'store-view.';

/**
 * Templates' files, merged, read-only and with their links unresolved: each is a view of the view server that is mounted at the first
 * look and kept while there are more.
 */
export class Views {
  readonly #server: Mounter;
  readonly #places: ViewPlaces;
  readonly #views = new Map<string, Promise<View>>();
  #made = 0;

  constructor(server: Mounter, places: ViewPlaces) {
    this.#server = server;
    this.#places = places;
  }

  async rootOf(template: TemplateFacts): Promise<TemplateRoot> {
    const layers = template.layers.map(({ id }) => id).join();
    const held = this.#views.get(template.name);
    const known = await held?.catch(() => undefined);
    if (known?.layers === layers && (await isAt(known))) {
      known.used = Date.now();
      return known;
    }
    // Of several that find it so, one takes it down, and none what another has made since.
    if (known !== undefined && this.#views.get(template.name) === held) await this.#drop(template.name);
    let made = this.#views.get(template.name);
    if (made === undefined) {
      made = this.#make(template, layers);
      this.#views.set(template.name, made);
      made.catch(() => this.#views.delete(template.name));
    }
    return made;
  }

  /** Takes down what has been idle. */
  async sweep(): Promise<void> {
    for (const [name, made] of [...this.#views]) {
      const view = await made.catch(() => undefined);
      if (view !== undefined && Date.now() - view.used > IDLE_MS) await this.#drop(name);
    }
  }

  async close(): Promise<void> {
    for (const name of [...this.#views.keys()]) await this.#drop(name);
  }

  /** Takes down what processes that were killed have left mounted. */
  async removeLeftovers(isAlive: (pid: number) => boolean): Promise<void> {
    for (const aid of await this.#server.mounted()) {
      const pid = aid.startsWith(PREFIX) ? Number(aid.split('.')[1]) : null;
      if (pid !== null && (pid === process.pid || !isAlive(pid))) await this.#take(aid);
    }
  }

  async #make(template: TemplateFacts, layers: string): Promise<View> {
    const aid = `${PREFIX}${process.pid}.${this.#made++}`;
    const at = join(this.#places.mounts, aid);
    await mkdir(at, { recursive: true, mode: 0o700 });
    const live = template.layers.at(-1)?.kind === 'host';
    await this.#server.mount({
      aid,
      at,
      upper: null,
      layers: template.layers.map(({ path }) => path),
      live,
      masks: live ? this.#places.masks : [],
      injected: [],
      shared: [],
      variables: [],
      aliases: [],
      links: [],
    });
    return {
      aid,
      at,
      layers,
      device: await deviceOf(at),
      hidden: notItsOwn(template.layers),
      used: Date.now(),
    };
  }

  async #drop(name: string): Promise<void> {
    const made = this.#views.get(name);
    this.#views.delete(name);
    const view = await made?.catch(() => undefined);
    if (view !== undefined) await this.#take(view.aid);
  }

  async #take(aid: string): Promise<void> {
    await this.#server.unmount(aid).catch(() => undefined);
    await rmdir(join(this.#places.mounts, aid)).catch(() => undefined);
  }
}
