import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { addon } from '../native/addon.ts';

/**
 * Ends the init, and with it the instance, that holds a status file open: one whose maker did not live to tell of it, or whose answer was
 * lost when the forge died. Nothing happens when there is none.
 */
export function killInitsHolding(status: string): void {
  for (const pid of initsHolding(status)) addon().signalProcess(pid, 0, constants.signals.SIGKILL);
}

function initsHolding(status: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        if (readFileSync(`/proc/${pid}/comm`, 'latin1').trim() !== 'appshot-init') return false;
        return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === status);
      } catch {
        return false;
      }
    });
}
