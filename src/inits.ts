import { readdirSync, statSync, type BigIntStats } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { addon } from '../native/addon.ts';
import { startTicks } from '../vproc/pid.ts';
import { isGone, readProc } from '../vproc/proc-file.ts';

/**
 * Ends the init, and with it the instance, that holds a status file open: one whose maker did not live to tell of it, or whose answer was
 * lost when the forge died. Nothing happens when there is none.
 */
export function killInitsHolding(status: string): void {
  const file = statSync(status, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return;
  for (const pid of initsHolding(file)) addon().signalProcess(pid, startTicks(pid) ?? 0, constants.signals.SIGKILL);
}

/** Told by the file itself: the store may lie behind a symbolic link, and then the kernel knows it by another name. */
function initsHolding(file: BigIntStats): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      if (readProc(pid, 'comm')?.trim() !== 'appshot-init') return false;
      return openFiles(pid).some(({ dev, ino }) => dev === file.dev && ino === file.ino);
    });
}

function openFiles(pid: number): BigIntStats[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((fd) => statSync(join(directory, fd), { bigint: true, throwIfNoEntry: false }) ?? []);
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return []; // ended meanwhile; another user's
    throw error;
  }
}
