import type { DumpResult } from '../native/dumper.ts';
import { AppshotError } from './errors.ts';
import { collectGarbage } from './garbage.ts';
import { findInstance, findRunning, hasProcesses, markEnded, rulesOf } from './instances.ts';
import type { RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';
import { takeImage } from './template.ts';
import type { SnapshotResult } from './types.ts';

type RunningRow = ReturnType<typeof findRunning>;

/**
 * FIG. 5 for an AID, requested at step 250: suspends all its processes, writes its image, removes its global state and ends its processes; with
 * `keepRunning` they go on. A failed snapshot leaves the application running as it was.
 */
export async function snapshot(store: Store, o: { aid: string; keepRunning?: boolean }, arrived: number): Promise<SnapshotResult> {
  return store.locks.hold(`aid:${o.aid}`, async () => {
    const known = findInstance(store, o.aid, 'snapshot'); // steps 252, 254
    if (known.state === 'suspended')
      throw new AppshotError('busy', `snapshot ${o.aid}`, 'it is suspended already', `appshot restore ${o.aid}`);
    const row = findRunning(store, o.aid, `snapshot ${o.aid}`);
    const what = `snapshot ${o.aid}`;
    const rules = store.rules.latest(rulesOf(row));
    const result = o.keepRunning === true ? await keep(store, row, rules, what) : await suspend(store, row, rules, what);
    if (row.image !== null) await collectGarbage(store);
    return { aid: o.aid, ...result, ms: performance.now() - arrived };
  });
}

async function keep(store: Store, row: RunningRow, rules: RuleSet, what: string): Promise<DumpResult> {
  const taken = await takeImage(store, row, rules, { what });
  store.db.transaction(() => {
    taken.record();
    store.db.instances.update(row.aid, { image: taken.image });
  });
  return taken.result;
}

/** Recorded as suspended before its processes end: a daemon that dies in between leaves a whole image, and its successor ends them. */
async function suspend(store: Store, row: RunningRow, rules: RuleSet, what: string): Promise<DumpResult> {
  try {
    const { result } = await takeImage(store, row, rules, {
      what,
      end: ({ image, record }) => {
        store.db.transaction(() => {
          record();
          store.db.instances.update(row.aid, { state: 'suspended', image });
          store.db.translations.set(row.aid, []);
        });
      },
    });
    store.db.instances.update(row.aid, { initPid: null, initStart: null });
    return result;
  } catch (error) {
    recordAsFound(store, row);
    await collectGarbage(store);
    throw error;
  }
}

/** No image was made: it runs on, unless it has ended meanwhile, which nobody takes down of one that is suspended. */
function recordAsFound(store: Store, { aid, image }: RunningRow): void {
  store.db.instances.update(aid, { image });
  const found = store.db.instances.get(aid);
  if (found === null || found.state.startsWith('exited')) return;
  if (hasProcesses(found)) store.db.instances.update(aid, { state: 'running' });
  else markEnded(store, aid);
}
