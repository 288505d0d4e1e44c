import { openDatabase } from '../db/index.ts';
import { ViewServer } from '../fs/view-server.ts';
import { Forge } from '../native/forge.ts';
import { join } from 'node:path';
import { accept } from './accept.ts';
import { callContext } from './call-context.ts';
import { clone } from './clone.ts';
import { df } from './df.ts';
import { diff } from './diff.ts';
import { examine } from './doctor/index.ts';
import { EndWatchers } from './end-watchers.ts';
import { execPlan } from './enter.ts';
import { exportTemplate } from './export.ts';
import { flatten } from './flatten.ts';
import { IdFolder } from './fold-ids.ts';
import { run } from './harness.ts';
import { ids, ports } from './ids.ts';
import { ImageCache } from './image-cache.ts';
import { importTemplate } from './import.ts';
import { findInstance, rulesOf } from './instances.ts';
import { Lessons } from './lessons.ts';
import { LayerWatch } from './layer-watch.ts';
import { Library } from './library.ts';
import { KeyedLock } from './keyed-lock.ts';
import { destroy, kill, removeEnded, stop, wait } from './lifecycle.ts';
import { keepRoot } from './instance-root.ts';
import { describeTemplate, inspect, logs, ps, templates } from './listing.ts';
import { cp, create, listFiles, mv, rm } from './manage.ts';
import { makeStore, storePaths, type StorePaths } from './paths.ts';
import { restore } from './restore.ts';
import { RuleFiles } from './rule-files.ts';
import { explain } from './rules/index.ts';
import { snapshot } from './snapshot.ts';
import { Spares } from './spares.ts';
import type { Store } from './store.ts';
import { UntouchedUppers } from './untouched-uppers.ts';
import { editTemplate } from './store-edit.ts';
import { mountStore, umountStore } from './store-mount.ts';
import { endIdleServers, takeOver } from './takeover.ts';
import { commit } from './template.ts';
import { findTemplate } from './templates.ts';
import { PagesDigests } from './pages-digests.ts';
import { Wakefulness } from './wakefulness.ts';
import type { Operations, RunOptions, CloneOptions, VprocMode } from './types.ts';

export * from './types.ts';
export { AppshotError } from './errors.ts';

export interface OpenOptions {
  readonly paths?: StorePaths;
  readonly log?: Store['log'];
}

/**
 * The product in process: every operation of the command line, on one store. Only one may have a store open (the daemon, for the
 * command line). Every method throws AppshotError.
 */
export class Appshot implements Operations {
  readonly #store: Store;
  readonly #opened = performance.now();

  readonly #folder: IdFolder;

  private constructor(store: Store) {
    this.#store = store;
    this.#folder = new IdFolder(store, (aid) => ids(store, aid));
  }

  /** Opens the store and takes over what runs there. */
  static async open(options: OpenOptions = {}): Promise<Appshot> {
    const paths = options.paths ?? storePaths();
    makeStore(paths);
    const log = options.log ?? (() => undefined);
    const store: Store = {
      paths,
      log,
      db: openDatabase(paths.database),
      locks: new KeyedLock(),
      images: new ImageCache(),
      digests: new PagesDigests(),
      library: new Library(paths),
      spares: new Spares(),
      lessons: new Lessons(),
      watchers: new EndWatchers(),
      ended: (aid) => {
        removeEnded(store, aid).catch((error: unknown) => {
          log('an instance that has ended could not be removed', { aid, error: String(error) });
        });
      },
      wakefulness: new Wakefulness(),
      layers: new LayerWatch(),
      uppers: new UntouchedUppers(),
      rules: new RuleFiles((message) => {
        log(message);
      }),
      view: new ViewServer(paths.viewSocket, paths.state, join(paths.state, 'view.log')),
      forge: new Forge(paths.forgeSocket, paths.state, join(paths.state, 'forge.log')),
    };
    await takeOver(store);
    store.layers.begin(store);
    store.digests.begin(store);
    return new Appshot(store);
  }

  /** Lets go of the store; instances run on. What serves them ends too where there are none. */
  async close(): Promise<void> {
    this.#store.lessons.close();
    this.#folder.close();
    await this.#store.spares.close();
    await this.#store.layers.close();
    await this.#store.digests.close();
    await this.#store.rules.close();
    await endIdleServers(this.#store);
    this.#store.view.close();
    this.#store.forge.close();
    this.#store.wakefulness.close();
    this.#store.db.close();
  }

  /** What is measured from the request's arrival, while processors are kept awake. */
  #promptly<T>(work: (arrived: number) => Promise<T>): Promise<T> {
    const { arrived } = callContext();
    return this.#store.wakefulness.during(() => work(arrived));
  }

  run = (o: RunOptions) => this.#promptly((arrived) => run(this.#store, o, arrived));
  clone = (o: CloneOptions) => this.#promptly((arrived) => clone(this.#store, o, arrived));
  commit = (o: { aid: string; template: string; stop?: boolean }) => this.#promptly((arrived) => commit(this.#store, o, arrived));
  snapshot = (o: { aid: string; keepRunning?: boolean }) => this.#promptly((arrived) => snapshot(this.#store, o, arrived));
  restore = (o: { aid: string; vproc?: VprocMode }) => this.#promptly((arrived) => restore(this.#store, o, arrived));

  ps = async (o: { all?: boolean }) => ps(this.#store, o.all ?? false);
  exec = async (o: Parameters<Operations['exec']>[0]) => {
    if (this.#store.db.instances.get(o.aid)?.state === 'mounted') await keepRoot(this.#store, o.aid);
    return execPlan(this.#store, o);
  };
  logs = async (o: { aid: string }) => logs(this.#store, o.aid);
  wait = (o: { aid: string }) => this.#store.watchers.during(o.aid, () => wait(this.#store, o.aid));
  stop = (o: { aids: readonly string[]; seconds?: number }) =>
    this.#each(o.aids, 'stop', (aid) => this.#store.watchers.during(aid, () => stop(this.#store, aid, o.seconds ?? 10)));
  kill = (o: { aids: readonly string[]; signal?: string }) =>
    this.#each(o.aids, 'kill', async (aid) => kill(this.#store, aid, o.signal ?? 'KILL'));
  destroy = (o: { aids: readonly string[] }) =>
    this.#each(o.aids, 'destroy', (aid) => this.#store.locks.hold(`aid:${aid}`, () => destroy(this.#store, aid)));

  ids = async (o: { aid: string }) => ids(this.#store, o.aid);
  ports = async (o: { aid?: string }) => ports(this.#store, o.aid);
  inspect = (o: { name: string }) => inspect(this.#store, o.name);

  ls = async (o: { target?: string }) =>
    o.target === undefined
      ? templates(this.#store)
      : o.target.includes(':')
        ? listFiles(this.#store, o.target)
        : listFiles(this.#store, `${o.target}:/`);
  create = (o: Parameters<Operations['create']>[0]) => create(this.#store, o);
  cp = (o: { from: string; to: string }) => cp(this.#store, o);
  mv = async (o: { from: string; to: string }) => mv(this.#store, o);
  rm = async (o: { templates: readonly string[] }) => rm(this.#store, o.templates);
  diff = (o: { name: string; other?: string }) => diff(this.#store, o);

  rulesExplain = async (o: { name: string; type: string; value: string }) => {
    const instance = this.#store.db.instances.get(o.name);
    const owner = instance ?? findTemplate(this.#store, o.name, 'rules explain');
    const rules = this.#store.rules.latest(rulesOf(owner));
    return explain(
      rules,
      o.type,
      o.value,
      instance === null
        ? { aid: `${o.name}-1`, template: o.name, generation: owner.generation + 1 }
        : { aid: instance.aid, template: instance.template, generation: instance.generation },
    );
  };

  doctor = () => examine(this.#store.paths, process.env);
  hello = async () => ({ version: '0.1.0', pid: process.pid, uptimeMs: performance.now() - this.#opened });
  shutdown = async (): Promise<Record<string, never>> => ({});

  exportTemplate = (o: Parameters<Operations['exportTemplate']>[0]) => exportTemplate(this.#store, o);
  importTemplate = (o: Parameters<Operations['importTemplate']>[0]) => importTemplate(this.#store, o);
  mount = (o: { directory: string }) => mountStore(this.#store, o);
  umount = (o: { directory: string }) => umountStore(this.#store, o);
  flatten = (o: { name: string }) => flatten(this.#store, o);
  accept = (o: { name: string }) => accept(this.#store, o.name);
  df = () => df(this.#store);
  describeTemplate = (o: { template: string }) => describeTemplate(this.#store, o.template);
  editTemplate = (o: Parameters<Operations['editTemplate']>[0]) => editTemplate(this.#store, o);

  /** One after the other; names are checked first, so that a typing error does nothing by halves. */
  async #each<T>(aids: readonly string[], what: string, work: (aid: string) => Promise<T>): Promise<T[]> {
    const named = [...new Set(aids)];
    for (const aid of named) findInstance(this.#store, aid, what);
    const results: T[] = [];
    for (const aid of named) results.push(await work(aid));
    return results;
  }
}
