/** The preload mechanism's translations, which stand in the AID's table: the other half of what pid.ts and sysv.ts ask of the kernel. */
import { readFileSync } from 'node:fs';
import { addon } from '../native/addon.ts';
import { AppshotError } from '../src/errors.ts';
import { keyToVirtual } from './keys.ts';
import { isGone, readProc } from './proc-file.ts';
import { readIds, readQueues, readTable, type TableHead, type TableId } from './table-layout.ts';
import type { Translation } from './translation.ts';

export interface PreloadTable {
  readonly head: TableHead;
  readonly ids: readonly TableId[];
  /** The system's names of message queues that were ever made. */
  readonly queues: readonly string[];
}

/** The table, when its ids are bound by the preload library; null for any other, and for none. */
export function preloadTable(path: string): PreloadTable | null {
  try {
    const buffer = readFileSync(path);
    const head = readTable(buffer);
    return head.mode === 'preload' && head.idBase !== 0 ? { head, ids: readIds(buffer), queues: readQueues(buffer) } : null;
  } catch (error) {
    if (error instanceof AppshotError || isGone(error)) return null;
    throw error; // it may well be one: nothing is known of it
  }
}

/** Processes in the table, threads not counted, ascending by virtual pid. */
export function preloadPairs(table: PreloadTable): { virtual: number; system: number }[] {
  return table.ids
    .filter(({ type, system }) => type === 'pid' && isProcess(system))
    .map(({ virtual, system }) => ({ virtual, system }))
    .sort((a, b) => a.virtual - b.virtual);
}

const isProcess = (pid: number): boolean => /^Tgid:\s+(\d+)$/m.exec(readProc(pid, 'status') ?? '')?.[1] === String(pid);

export function preloadObjects(table: PreloadTable, init: number, kind: 'shm' | 'sem' | 'msg'): Translation[] {
  const objects = table.ids.filter(({ type }) => type === kind);
  if (objects.length === 0) return [];
  const keys = systemKeys(addon().readSysvIpc(init, kind));
  return objects.flatMap(({ virtual, system }): Translation[] => {
    const key = keys.get(system) ?? 0;
    const own: Translation = { type: kind, virtual, system };
    return key === 0 ? [own] : [own, { type: `${kind}key`, virtual: keyToVirtual(table.head.idSalt, key), system: key }];
  });
}

/** Key by id, from a /proc/sysvipc file. */
function systemKeys(text: string): Map<number, number> {
  const lines = text.split('\n').slice(1);
  return new Map(
    lines.flatMap((line): [number, number][] => {
      const [key, id] = line.trim().split(/\s+/).map(Number);
      return key === undefined || id === undefined ? [] : [[id, key]];
    }),
  );
}
