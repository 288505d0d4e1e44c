import { constants } from 'node:os';
import { join } from 'node:path';
import type { InstanceRow, LayerRow } from '../db/index.ts';
import { addon } from '../native/addon.ts';
import { isAlive, pidPairs, startTicks } from '../vproc/pid.ts';
import { endLeftOver } from './end-bound.ts';
import { AppshotError } from './errors.ts';
import { endIn, instanceFiles, lastWord, type InstanceFiles } from './instance-files.ts';
import type { RootLayers } from './instance-root.ts';
import { uniqueSetSize } from './memory.ts';
import { publishedPorts } from './ports.ts';
import type { RuleContext } from './rules/index.ts';
import type { Store } from './store.ts';
import type { InstanceState, InstanceSummary } from './types.ts';
import { outOfReach } from './untranslated-ports.ts';

/** The row of an instance. Throws 'not-found'. */
export function findInstance(store: Store, aid: string, what: string): InstanceRow {
  const row = store.db.instances.get(aid);
  if (row === null || row.state === 'starting')
    throw new AppshotError('not-found', what, `there is no instance ${aid}`, 'appshot ps -a lists them');
  return row;
}

/** The row of an instance whose processes run. Throws 'not-found', or 'gone' when it doesn't run. */
export function findRunning(store: Store, aid: string, what: string): InstanceRow & { readonly initPid: number } {
  const row = findInstance(store, aid, what);
  if (row.state !== 'running' || row.initPid === null || !isAlive(row.initPid, ticksOf(row)))
    throw new AppshotError('gone', what, `${aid} is not running (${stateOf(row)})`);
  return { ...row, initPid: row.initPid };
}

/** What is shown of a state: one that is starting will run, or be gone. */
export const stateOf = (row: InstanceRow): InstanceState => (row.state === 'starting' ? 'running' : row.state);

/** Start time of its init in clock ticks, or null when none is recorded. */
export const ticksOf = (row: InstanceRow): number | null => (row.initStart === null ? null : Number(row.initStart));

/** True while its init lives. */
export const hasProcesses = (row: InstanceRow): row is InstanceRow & { readonly initPid: number } =>
  row.initPid !== null && isAlive(row.initPid, ticksOf(row));

/** The rules an instance or a template was given. */
export const rulesOf = (row: {
  readonly rulesText: string | null;
  readonly rulesFile: string | null;
}): { text: string; file: string } | null => (row.rulesText === null ? null : { text: row.rulesText, file: row.rulesFile ?? '(rules)' });

export type NewInstance = Pick<
  InstanceRow,
  'aid' | 'template' | 'vproc' | 'command' | 'env' | 'cwd' | 'upper' | 'remove' | 'generation'
> & {
  readonly rules: { readonly text: string; readonly file: string } | null;
  /** Read-only layers, top first. */
  readonly layers: readonly string[];
};

/** Records an instance that is being made, its private layer and what it stands on, as one. Undone by removeInstance. */
export function insertInstance(store: Store, { rules, layers, ...row }: NewInstance): InstanceRow {
  const created = new Date().toISOString();
  const whole: InstanceRow = {
    ...row,
    state: 'starting',
    initPid: null,
    initStart: null,
    main: null,
    created,
    mount: instanceFiles(store.paths, row.aid).root,
    rulesText: rules?.text ?? null,
    rulesFile: rules?.file ?? null,
    exitCode: null,
    notes: [],
    image: null,
  };
  store.db.transaction(() => {
    store.db.layers.insert({ id: row.upper, kind: 'private', path: layerDirectory(store, row.upper), state: 'open', size: 0, created });
    store.db.instances.insert(whole);
    store.db.stacks.setForInstance(row.aid, layers);
  });
  return whole;
}

/** Removes an instance's row, its private layer's row and its name, as one. */
export function removeInstance(store: Store, row: Pick<InstanceRow, 'aid' | 'upper'>): void {
  store.db.transaction(() => {
    store.db.instances.remove(row.aid);
    store.db.layers.remove(row.upper);
    store.db.aids.remove(row.aid);
  });
}

export const filesOf = (store: Store, row: { readonly aid: string }): InstanceFiles => instanceFiles(store.paths, row.aid);

export const contextOf = (row: InstanceRow): RuleContext => ({ aid: row.aid, template: row.template, generation: row.generation });

/** Read-only layers of an instance, top first. */
export function layersOf(store: Store, aid: string): RootLayers {
  return asRoot(store.db.stacks.ofInstance(aid));
}

export const asRoot = (layers: readonly LayerRow[]): RootLayers => ({
  directories: layers.map((layer) => layer.path),
  live: layers.at(-1)?.kind === 'host',
});

export const layerDirectory = (store: Store, id: string): string => join(store.paths.layers, id);

/** Records that processes run, and what to do at their end; `ticks`: when their init started, where that is known. */
export function markRunning(store: Store, aid: string, init: number, main: number, ticks = startTicks(init)): void {
  store.db.instances.update(aid, { state: 'running', initPid: init, initStart: String(ticks ?? ''), main, exitCode: null });
  watchEnd(store, aid, init);
}

/** How soon a watch that could not be had is asked for again, ms. */
const WATCH_AGAIN_MS = 500;

/** Records the end of the instance's init once it has come, whoever its parent is. */
export function watchEnd(store: Store, aid: string, init: number): void {
  try {
    addon().watchExit(init, () => {
      recordEnd(store, aid, init);
    });
  } catch (error) {
    if ((error as { errno?: number }).errno === constants.errno.ESRCH) {
      recordEnd(store, aid, init);
      return;
    }
    // No descriptor was left for it: it has not ended for that.
    store.log('the end of an instance can not be watched yet', { aid, error: String(error) });
    setTimeout(() => {
      if (store.db.open && store.db.instances.get(aid)?.initPid === init) watchEnd(store, aid, init);
    }, WATCH_AGAIN_MS).unref();
  }
}

/** Records that no process is left, with the main process's exit code as its init wrote it. */
export function markEnded(store: Store, aid: string): void {
  const files = instanceFiles(store.paths, aid);
  endLeftOver(files.table);
  const word = lastWord(files);
  const code = endIn(word) ?? 137;
  store.db.transaction(() => {
    store.db.instances.update(aid, { state: `exited ${code}`, exitCode: code, initPid: null, initStart: null });
    store.db.translations.set(aid, []); // what they were bound to may be another's soon
  });
  // An init that is killed with the rest has no time to write down an end: `running` is its last word then.
  store.log('instance ended', { aid, code, lastWord: word });
  if (store.db.instances.get(aid)?.remove === true) store.ended(aid);
}

function recordEnd(store: Store, aid: string, init: number): void {
  if (!store.db.open) return; // whoever opens the store next sees it
  const row = store.db.instances.get(aid);
  if (row === null || row.state !== 'running' || row.initPid !== init) return;
  markEnded(store, aid);
}

export function summarise(store: Store, row: InstanceRow): InstanceSummary {
  const files = filesOf(store, row);
  const pids = row.initPid === null ? [] : pidPairs(row.initPid, files.table);
  return {
    aid: row.aid,
    template: row.template,
    state: stateOf(row),
    pids,
    ports: row.state === 'running' ? publishedPorts(files.table, outOfReach(pids)) : [],
    root: files.root,
    created: row.created,
    vproc: row.vproc,
    memory: [row.initPid ?? 0, ...pids.map((pid) => pid.system)].reduce((sum, pid) => sum + (pid === 0 ? 0 : uniqueSetSize(pid)), 0),
    ...(row.notes.length === 0 ? {} : { notes: row.notes }),
  };
}
