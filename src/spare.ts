import { freemem } from 'node:os';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Held } from '../native/forge.ts';
import type { RestorableImage } from './image-cache.ts';
import { endProcesses } from './lifecycle.ts';
import { footprint } from './memory.ts';
import { prepareRoot, type CloneOrder, type PreparedRoot } from './prepared-root.ts';
import { holdProcesses } from './restore-processes.ts';
import type { Store } from './store.ts';

/** A clone made ahead: its root, and its processes in synchronized wait. `held` is null for a root alone. */
export interface Spare {
  readonly root: PreparedRoot;
  readonly held: Held | null;
}

/** What the processes of all spares of a template may cost together: this many bytes, and never more than a part of what is free. */
const BUDGET = 128 * 2 ** 20;
const PART_OF_FREE = 20;

/** Makes a root and, with `withProcesses`, restores the image's processes in it up to the wait. When it fails, nothing of it is left. */
export async function makeSpare(store: Store, order: CloneOrder, image: RestorableImage, withProcesses: boolean): Promise<Spare> {
  const root = await prepareRoot(store, order);
  await warm(root, image.opened);
  if (!withProcesses) return { root, held: null };
  try {
    const held = await holdProcesses(store, { ...root, image, kept: null, what: `prepare ${root.context.aid}` });
    root.undo.add(() => endProcesses(store, root.context.aid, held.init));
    return { root, held };
  } catch (error) {
    await root.undo.run();
    throw error;
  }
}

/** How many spares may have their processes, judged by one that has. At least one. */
export function affordable(spare: Spare): number {
  const bytes = (spare.held?.pids ?? []).reduce((sum, pid) => sum + footprint(pid.system), 0);
  return Math.max(1, Math.floor(Math.min(BUDGET, freemem() / PART_OF_FREE) / Math.max(bytes, 1)));
}

/** Whether half of the requests of asynchronous I/O that all of the machine may have are free still: some databases take thousands each. */
export function requestsLeft(): boolean {
  try {
    const [taken, most] = ['nr', 'max-nr'].map((name) => Number(readFileSync(`/proc/sys/fs/aio-${name}`, 'latin1')));
    return (taken ?? 0) * 2 <= (most ?? 0);
  } catch {
    return true; // the kernel has no such thing
  }
}

/** Looks up once what a restore will open, so that the kernel knows it when it matters. */
async function warm(ready: PreparedRoot, opened: readonly string[]): Promise<void> {
  for (const path of ['/proc', '/sys', '/dev', '/dev/shm', ...opened]) await stat(join(ready.files.root, path)).catch(() => undefined); // not there any more: the restore will say so
}
