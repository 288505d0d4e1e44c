import { AppshotError } from './errors.ts';
import { contextOf, filesOf, findInstance, rulesOf } from './instances.ts';
import { keepRootOf } from './instance-root.ts';
import { restoreProcesses } from './restore-processes.ts';
import { customPrefixes } from './rules/index.ts';
import type { Store } from './store.ts';
import { refuseOtherMechanism } from './template.ts';
import type { InstanceStarted, VprocMode } from './types.ts';

/** FIG. 6 for an AID, called at step 300: brings a suspended instance back, with its own table, files and connections. */
export async function restore(store: Store, o: { aid: string; vproc?: VprocMode }, arrived: number): Promise<InstanceStarted> {
  return store.locks.hold(`aid:${o.aid}`, async () => {
    const row = findInstance(store, o.aid, 'restore'); // step 302
    if (row.state !== 'suspended' || row.image === null)
      throw new AppshotError('busy', `restore ${o.aid}`, 'it is not suspended', `appshot snapshot ${o.aid} suspends it`);
    await refuseOtherMechanism(row.vproc, o.vproc, `restore ${o.aid}`);
    const image = await store.images.loadImage(store, row.image, `restore ${o.aid}`); // step 304
    const files = filesOf(store, row);
    const rules = store.rules.latest(rulesOf(row));
    const context = contextOf(row);
    await keepRootOf(store, row);
    const prefixes = customPrefixes(rules, context);
    const job = { context, vproc: row.vproc, files, prefixes, image, kept: files.kept, what: `restore ${o.aid}` };
    return (await restoreProcesses(store, job, arrived)).started; // steps 308-332
  });
}
