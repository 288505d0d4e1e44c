import { constants } from 'node:os';
import { byKey, ControlError } from '../native/control.ts';
import { programs } from '../native/programs.ts';
import { ServerProgram } from '../native/server-program.ts';

/** What an instance's root is made of. All paths are absolute; those "of the view" are as the application sees them. */
export interface ViewPlan {
  readonly aid: string;
  /** Existing directory on the host where the view is mounted. */
  readonly at: string;
  /** Private writable layer; null makes the view read-only. */
  readonly upper: string | null;
  /** Read-only layers, top first. */
  readonly layers: readonly string[];
  /** Whether the lowest layer may change under the view (the host's own `/`). */
  readonly live: boolean;
  /** Paths of the view that are shown as empty directories. */
  readonly masks: readonly string[];
  /** View path to host file: files that exist in the view only. */
  readonly injected: readonly (readonly [path: string, hostFile: string])[];
  /** As injected, but mapped read-write on the host file itself. */
  readonly shared: readonly (readonly [path: string, hostFile: string])[];
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly aliases: readonly { readonly parent: string; readonly literal: string; readonly shown: string }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

function mountFields(plan: ViewPlan): string[] {
  return [
    `aid=${plan.aid}`,
    `at=${plan.at}`,
    ...(plan.upper === null ? [] : [`upper=${plan.upper}`]),
    ...plan.layers.map((layer) => `layer=${layer}`),
    ...(plan.live ? ['live=1'] : []),
    ...plan.masks.map((path) => `mask=${path}`),
    ...plan.injected.map(([path, file]) => `inject=${path}=${file}`),
    ...plan.shared.map(([path, file]) => `shared=${path}=${file}`),
    ...plan.variables.map(([name, value]) => `var=${name}=${value}`),
    ...plan.aliases.map((a) => `alias=${a.parent}=${a.literal}=${a.shown}`),
    ...plan.links.map((link) => `link=${link.path}=${link.target}`),
  ];
}

/** The store's view server (native/fuse): started on first use, outlives the daemon. Every method throws ControlError. */
export class ViewServer {
  readonly #program: ServerProgram;

  constructor(socket: string, state: string, log: string) {
    this.#program = new ServerProgram(programs.view, socket, state, log, true);
  }

  /** Whether the kernel passes reads and writes through to the files below. */
  async mount(plan: ViewPlan): Promise<{ passthrough: boolean }> {
    const answer = byKey(await this.#program.request('mount', mountFields(plan)));
    return { passthrough: answer.get('passthrough')?.[0] === '1' };
  }

  async unmount(aid: string): Promise<void> {
    await this.#program.request('umount', [`aid=${aid}`], constants.errno.ENOENT);
  }

  /**
   * Copies what a seal will need while the application runs, again and again until little changes. `pause`: the application has to
   * stand still for a moment, and this be called once more with `paused`. After a failure nothing is kept.
   * `way`: how changes are known (native/fuse/pre-copy.h).
   */
  async preCopy(aid: string, paused = false): Promise<{ copiedBytes: number; pause: boolean; way: string }> {
    const answer = byKey(await this.#program.request('precopy', [`aid=${aid}`, ...(paused ? ['paused=1'] : [])]));
    return {
      copiedBytes: Number(answer.get('copied')?.[0] ?? 0),
      pause: answer.get('pause')?.[0] === '1',
      way: answer.get('way')?.[0] ?? 'none',
    };
  }

  /** Once the seal is done, or given up. */
  async dropCopies(aid: string): Promise<void> {
    await this.#program.request('dropcopies', [`aid=${aid}`]);
  }

  /** Today's upper becomes the top read-only layer and `upper` the new private one. The instance must be frozen. */
  async seal(aid: string, upper: string): Promise<{ copiedBytes: number }> {
    const answer = byKey(await this.#program.request('seal', [`aid=${aid}`, `upper=${upper}`]));
    return { copiedBytes: Number(answer.get('copied')?.[0] ?? 0) };
  }

  /** For each canonical view path the host path of the file in a read-only layer, or null when it isn't in one. */
  async locate(aid: string, paths: readonly string[]): Promise<(string | null)[]> {
    if (paths.length === 0) return [];
    const answer = await this.#program.request('locate', [`aid=${aid}`, ...paths.map((path) => `path=${path}`)]);
    return answer.map((field) => (field === '-' ? null : field));
  }

  /** How many requests the kernel has sent about a view since it was mounted, or since its server was replaced. */
  async requests(aid: string): Promise<number> {
    return Number(byKey(await this.#program.request('stat', [`aid=${aid}`])).get('requests')?.[0]);
  }

  /** Whether it is mounted in its place: a person may have unmounted it. */
  async isMounted(aid: string): Promise<boolean> {
    try {
      return byKey(await this.#program.request('stat', [`aid=${aid}`])).get('mounted')?.[0] === '1';
    } catch (error) {
      if (error instanceof ControlError && error.errno === constants.errno.ENOENT) return false;
      throw error;
    }
  }

  /** The AIDs whose roots are mounted in their places; empty when the server doesn't run. */
  async mounted(): Promise<string[]> {
    if ((await this.#program.existing()) === null) return [];
    return byKey(await this.#program.request('list')).get('aid') ?? [];
  }

  quit(): Promise<void> {
    return this.#program.quit();
  }
  close(): void {
    this.#program.close();
  }
}
