import type { InstanceRow } from '../db/index.ts';
import { collectGarbage, sweepStrays } from './garbage.ts';
import { filesOf, hasProcesses, markEnded, watchEnd } from './instances.ts';
import { killInitsHolding } from './inits.ts';
import { keepRootOf } from './instance-root.ts';
import { endProcesses, removeWhole } from './lifecycle.ts';
import type { Store } from './store.ts';
import { sealUnlessFilled } from './store-mount.ts';
import { removeStrayViews } from './template-view.ts';

/** A new daemon takes over what the last one left: what runs is watched again, what was half made is removed. */
export async function takeOver(store: Store): Promise<void> {
  for (const row of store.db.instances.list()) {
    if (row.state === 'starting') await removeHalfMade(store, row);
    else if (row.state === 'running') resumeWatch(store, row.aid);
    else if (row.remove && row.state.startsWith('exited')) await removeWhole(store, row);
    else if (row.state === 'suspended' && row.initPid !== null) await endSuspended(store, row);
  }
  await remountRoots(store);
  await removeStrayViews(store);
  await sealUnlessFilled(store);
  await collectGarbage(store);
  sweepStrays(store);
}

function resumeWatch(store: Store, aid: string): void {
  const row = store.db.instances.get(aid);
  if (row === null) return;
  if (hasProcesses(row)) watchEnd(store, aid, row.initPid);
  else markEnded(store, aid);
}

/** Put away by a daemon that did not live to see its processes end: the image is whole, so they need not run any more. */
async function endSuspended(store: Store, row: InstanceRow): Promise<void> {
  if (hasProcesses(row)) await endProcesses(store, row.aid, row.initPid);
  store.db.instances.update(row.aid, { initPid: null, initStart: null });
}

/** A launch or clone that its daemon did not live to record: its init is found by the status file that it holds open. */
async function removeHalfMade(store: Store, row: InstanceRow): Promise<void> {
  store.log('removing a half-made instance', { aid: row.aid });
  const { status } = filesOf(store, row);
  killInitsHolding(status);
  await removeWhole(store, row);
}

/** After a reboot, or when the view server was ended, roots of instances without processes are mounted again. */
async function remountRoots(store: Store): Promise<void> {
  const mounted = new Set(await store.view.mounted());
  for (const row of store.db.instances.list()) {
    if (mounted.has(row.aid) || (row.state !== 'mounted' && !row.state.startsWith('exited'))) continue;
    await keepRootOf(store, row).catch((error: unknown) => {
      store.log('a root could not be mounted again', { aid: row.aid, error: String(error) });
    });
  }
}

/** The view server and the forge outlive the daemon for the sake of instances: with none, nothing of a store is to be left running. */
export async function endIdleServers(store: Store): Promise<void> {
  if (store.db.instances.list().length > 0 || (await store.view.mounted()).length > 0) return;
  await store.view.quit();
  await store.forge.quit();
}
