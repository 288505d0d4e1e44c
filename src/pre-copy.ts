import type { InstanceRow } from '../db/index.ts';
import { standStill } from '../native/dumper.ts';
import type { Store } from './store.ts';

const MOST_PAUSES = 3;

/**
 * Copies the files of an instance that are open for writing ahead of a seal, while it runs: as a live migration copies memory. Called
 * again before the seal, it copies what has changed since. Bytes copied. Throws ControlError, and then nothing of it is left.
 */
export async function preCopy(store: Store, row: InstanceRow & { readonly initPid: number }, limitMs: number): Promise<number> {
  let { copiedBytes, pause } = await store.view.preCopy(row.aid);
  // Another time only when the view server was killed in between, and begins anew.
  for (let tries = 0; pause && tries < MOST_PAUSES; tries++) {
    // Of what was under way when the files' change times were asked for, nothing may still be to come once they are read.
    await standStill(row.initPid, limitMs);
    ({ copiedBytes, pause } = await store.view.preCopy(row.aid, true));
  }
  return copiedBytes;
}

/** The copies that no seal has taken. Never throws: the view server drops what nobody comes for by itself. */
export async function dropCopies(store: Store, aid: string): Promise<void> {
  await store.view.dropCopies(aid).catch(() => undefined);
}
