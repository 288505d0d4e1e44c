import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from 'node:os';
import { addon } from '../native/addon.ts';
import { isAlive, pidPairs, startTicks } from '../vproc/pid.ts';
import { preloadTable } from '../vproc/preload.ts';

const POLL_MS = 2;
const ROUNDS = 2000;

/**
 * Ends what no namespace ends: the processes of an instance under the preload mechanism, those that `exec` brought in too, and its SysV
 * objects. For any other instance nothing happens, and the answer is false. Some may be made while others are ended, so it goes on until none is left.
 */
export async function endBound(table: string, init: number): Promise<boolean> {
  if (preloadTable(table) === null) return false;
  for (let round = 0; round < ROUNDS; round++) {
    addon().endIds(table);
    addon().collectIds(table); // a number whose process has ended may be a stranger's by now
    const left = pidPairs(init, table).filter(({ system }) => isAlive(system, null));
    if (left.length === 0) break;
    for (const { system } of left) {
      const ticks = startTicks(system);
      if (ticks !== null) addon().signalProcess(system, ticks, constants.signals.SIGKILL);
    }
    await sleep(POLL_MS);
  }
  addon().removeObjects(table);
  return true;
}

/** For an instance whose init has ended: what `exec` brought in ends with it, as with a namespace. */
export function endLeftOver(table: string): void {
  if (preloadTable(table) === null) return;
  addon().endIds(table);
  addon().removeObjects(table);
}
