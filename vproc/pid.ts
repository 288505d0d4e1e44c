import { readFileSync, readdirSync } from 'node:fs';
import { preloadPairs, preloadTable } from './preload.ts';
import { isGone, readProc } from './proc-file.ts';
import type { ResourceKind } from './translation.ts';

/** Host pids of all descendants of a process, itself not counted, parents before children. */
export function descendants(pid: number): number[] {
  const found: number[] = [];
  const queue = [pid];
  for (let at = queue.shift(); at !== undefined; at = queue.shift())
    for (const child of childrenOf(at)) {
      found.push(child);
      queue.push(child);
    }
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter((word) => word !== '')
        .map(Number),
    );
  } catch (error) {
    if (isGone(error)) return []; // it ended meanwhile
    throw error;
  }
}

/** The pid that a process has in its innermost PID namespace, or null when it is gone. */
export function virtualPid(pid: number): number | null {
  const line = /^NSpid:\s+(.*)$/m.exec(readProc(pid, 'status') ?? '')?.[1];
  return line === undefined ? null : Number(line.split(/\s+/).at(-1));
}

/** Fields of /proc/PID/stat from the third on: its name before them may hold anything. Null when gone. */
function statFields(pid: number): string[] | null {
  const stat = readProc(pid, 'stat');
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Start time of a process in clock ticks since boot: with the pid, it names a process for good. Null when gone. */
export function startTicks(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[19]);
}

/**
 * True while that very process (not a later one with its pid) lives and is no zombie. Throws when that can't be told (no descriptor is
 * left, say): who is taken for dead by mistake loses its records and its files.
 */
export function isAlive(pid: number, ticks: number | null): boolean {
  const fields = statFields(pid);
  return fields !== null && fields[0] !== 'Z' && fields[0] !== 'X' && (ticks === null || Number(fields[19]) === ticks);
}

/**
 * Virtual and host pid of every process of an instance, ascending by virtual pid; its init is not one of them. `table` is the path of
 * its table, where its ids stand when the preload library binds them; what that library can't reach has the host's pid then.
 */
export function pidPairs(init: number, table: string): { virtual: number; system: number }[] {
  const preload = preloadTable(table);
  if (preload === null) return kernelPairs(init);
  const known = preloadPairs(preload);
  const systems = new Set(known.map((pair) => pair.system));
  const others = descendants(init).filter((pid) => !systems.has(pid));
  return [...others.map((pid) => ({ virtual: pid, system: pid })), ...known];
}

function kernelPairs(init: number): { virtual: number; system: number }[] {
  return descendants(init)
    .flatMap((system) => {
      const virtual = virtualPid(system);
      return virtual === null || Number.isNaN(virtual) ? [] : [{ virtual, system }];
    })
    .sort((a, b) => a.virtual - b.virtual);
}

export const pidKind: ResourceKind = {
  types: ['pid'],
  read: ({ init, table }) => pidPairs(init, table).map((pair) => ({ type: 'pid', ...pair })),
};
