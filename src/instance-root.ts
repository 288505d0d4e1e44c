import { existsSync, lstatSync, mkdirSync, statfsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { constants } from 'node:os';
import type { InstanceRow } from '../db/index.ts';
import { ControlError } from '../native/control.ts';
import { unmount } from '../native/unmount.ts';
import { AppshotError } from './errors.ts';
import type { ViewPlan } from '../fs/view-server.ts';
import { insideRoot } from './inside-root.ts';
import { tableInView, type InstanceFiles } from './instance-files.ts';
import { contextOf, filesOf, layerDirectory, layersOf, rulesOf } from './instances.ts';
import { evaluate, viewOptions, type RuleContext, type RuleSet } from './rules/index.ts';
import { mountedAt } from './mounted-at.ts';
import type { Store } from './store.ts';

/** The layers of a root, top first, as host directories; `live` when the lowest is the host's own `/`. */
export interface RootLayers {
  readonly directories: readonly string[];
  readonly live: boolean;
}

/** What views are called in /proc/self/mountinfo. */
const VIEW_SOURCE = 'appshot';

/** Mounts an instance's copy-on-write view (FIG. 9, step 410: original and modifications form a composite view). */
export async function mountRoot(
  store: Store,
  files: InstanceFiles,
  upper: string,
  layers: RootLayers,
  rules: RuleSet,
  context: RuleContext,
): Promise<void> {
  await store.view.mount(viewPlan(store, files, upper, layers, rules, context)).catch((error: unknown) => {
    throw mountFailure(context.aid, error);
  });
}

/** A person may unmount a root by hand: before it is used it is mounted again. Throws AppshotError. */
export async function keepRoot(store: Store, aid: string): Promise<void> {
  if (await store.view.isMounted(aid)) return;
  await store.locks.hold(`aid:${aid}`, async () => {
    const row = store.db.instances.get(aid);
    if (row !== null && row.state !== 'starting' && row.state !== 'suspended') await keepRootOf(store, row);
  });
}

/** The same for who holds the AID's lock. */
export async function keepRootOf(store: Store, row: InstanceRow): Promise<void> {
  if (await store.view.isMounted(row.aid)) return;
  store.log('a root that was unmounted is mounted again', { aid: row.aid });
  const layers = layersOf(store, row.aid);
  takeOffDead(filesOf(store, row).root);
  await mountRoot(store, filesOf(store, row), layerDirectory(store, row.upper), layers, store.rules.latest(rulesOf(row)), contextOf(row));
}

/** Takes off a view whose server and keeper are gone. What else is there somebody has mounted, and it stays below the view. */
function takeOffDead(root: string): void {
  while (mountedAt(root) === VIEW_SOURCE && isCutOff(root)) unmount(root);
}

function isCutOff(path: string): boolean {
  try {
    statfsSync(path); // what lstat tells may come from the kernel's cache
    return false;
  } catch (error) {
    return ['ENOTCONN', 'ECONNABORTED'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function mountFailure(aid: string, error: unknown): unknown {
  if (!(error instanceof ControlError)) return error;
  if (error.errno === constants.errno.EMFILE || error.errno === constants.errno.ENFILE)
    return new AppshotError(
      'failed',
      `mount the root of ${aid}`,
      `the store has as many files open as it may (${error.message})`,
      'destroy instances, or start the store with a higher limit (ulimit -Hn)',
    );
  if (error.errno === constants.errno.EBUSY)
    return new AppshotError(
      'busy',
      `mount the root of ${aid}`,
      'somebody unmounted it, and processes are still in it',
      `end them, or appshot stop ${aid}`,
    );
  const denied = error.errno === constants.errno.EACCES || error.errno === constants.errno.EPERM || error.errno === constants.errno.ENOENT;
  return new AppshotError(
    denied ? 'permission' : 'failed',
    `mount the root of ${aid}`,
    error.message,
    'appshot doctor tells what this machine allows',
  );
}

function viewPlan(store: Store, files: InstanceFiles, upper: string, layers: RootLayers, rules: RuleSet, context: RuleContext): ViewPlan {
  const options = viewOptions(rules, context);
  return {
    aid: context.aid,
    at: files.root,
    upper,
    layers: layers.directories,
    live: layers.live,
    masks: layers.live ? hostMasks(store) : [],
    injected: store.library.injected(),
    shared: [[tableInView, files.table]],
    variables: options.vars,
    aliases: options.aliases,
    links: options.links,
  };
}

/** What of the host an instance never sees: other instances' files, and kernel file systems that it has of its own. */
function hostMasks(store: Store): string[] {
  return [store.paths.data, store.paths.state, store.paths.run, '/proc', '/sys', '/dev'];
}

/**
 * The target of every REDIR exists before the application looks: when it isn't there yet, it starts as what the original
 * path holds ("the pathname of a first application is renamed to a target pathname").
 */
export async function prepareRedirects(files: InstanceFiles, layers: RootLayers, rules: RuleSet, context: RuleContext): Promise<void> {
  for (const { from, to } of evaluate(rules, context).redirects) {
    const target = insideRoot(files.root, to, false); // in the view, wherever links in it lead
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(dirname(target), { recursive: true });
    const original = layers.directories.map((layer) => join(layer, from)).find((path) => existsSync(path));
    if (original !== undefined) await cp(original, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
}
