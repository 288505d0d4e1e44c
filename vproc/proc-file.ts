import { readFileSync } from 'node:fs';

/** Whether a file of /proc could not be read because its process is no more; any other failure says nothing of it. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

/** A file of /proc/PID, null when the process is gone. Throws what else keeps it from being read. */
export function readProc(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
