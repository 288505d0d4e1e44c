import { AppshotError } from './errors.ts';
import { collectGarbage } from './garbage.ts';
import { findInstance, findRunning, rulesOf } from './instances.ts';
import type { Store } from './store.ts';
import { takeImage } from './template.ts';
import type { SnapshotResult } from './types.ts';

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
    const end = o.keepRunning !== true;
    const taken = await takeImage(store, row, store.rules.latest(rulesOf(row)), { end, what: `snapshot ${o.aid}` });
    store.db.transaction(() => {
      taken.record();
      store.db.instances.update(
        o.aid,
        end ? { state: 'suspended', image: taken.image, initPid: null, initStart: null } : { image: taken.image },
      );
    });
    if (row.image !== null) collectGarbage(store);
    return { aid: o.aid, ...taken.result, ms: performance.now() - arrived };
  });
}
