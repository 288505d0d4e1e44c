import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeAll } from './remove.ts';

/** Ends what serves a store beside its daemon, and removes the store's directory. Call it also when a test failed. */
export function endStore(home: string): void {
  for (const program of ['view', 'forge']) endProgram(join(home, 'run', `${program}.sock.pid`));
  removeAll(home);
}

function endProgram(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  try {
    const pid = Number(readFileSync(pidFile, 'latin1'));
    if (pid > 1) process.kill(pid); // 0 would be this test's own process group
  } catch {
    /* it ended by itself */
  }
}
