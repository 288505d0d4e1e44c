import { release } from 'node:os';
import type { StorePaths } from '../paths.ts';
import type { DoctorRow } from '../types.ts';
import * as capabilities from './capabilities.ts';
import { Capabilities } from './capability-set.ts';
import { bad, KernelVersion, type Check, type Machine } from './check.ts';
import * as fuse from './fuse.ts';
import { idleProcessors } from './idle.ts';
import { mechanism, namespaces, ownProc } from './namespaces.ts';
import * as platform from './platform.ts';
import { copyingAhead } from './pre-copy.ts';
import * as storage from './storage.ts';
import { helper } from './user-mount.ts';

const checks: readonly Check[] = [
  platform.kernel,
  fuse.device,
  fuse.passthrough,
  fuse.uring,
  copyingAhead,
  helper,
  ...namespaces,
  ownProc,
  mechanism,
  capabilities.ptrace,
  capabilities.sysAdmin,
  capabilities.setTid,
  capabilities.sysResource,
  capabilities.seccomp,
  platform.pagemapScan,
  idleProcessors,
  platform.nativePrograms,
  platform.preloadLibrary,
  storage.store,
  storage.reflink,
  storage.space,
  fuse.storeLibrary,
];

/** Without these no instance can be had at all; every other failure only takes something away. */
const essential: ReadonlySet<string> = new Set([
  'kernel',
  '/dev/fuse',
  'fusermount3',
  'user namespace',
  'mount namespace',
  'ptrace',
  'native programs',
  'preload library',
  'store',
  'free disk',
  'daemon',
]);
export const isEssential = (check: string): boolean => essential.has(check);

/** What this machine can and can't do for the store at `paths`. Never throws: a check that fails to run is a failed check. */
export async function examine(paths: StorePaths, env: NodeJS.ProcessEnv): Promise<DoctorRow[]> {
  const machine: Machine = { paths, env, kernel: new KernelVersion(release()), capabilities: Capabilities.ofThisProcess() };
  const rows: DoctorRow[] = [];
  // One after the other: two of them make the store's directory.
  for (const check of checks) rows.push(await carryOut(check, machine));
  return rows;
}

async function carryOut(check: Check, machine: Machine): Promise<DoctorRow> {
  try {
    return await check(machine);
  } catch (error) {
    return bad(check.name || 'check', error instanceof Error ? error.message : String(error), 'report this: the check itself failed');
  }
}
