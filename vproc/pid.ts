import { readFileSync, readdirSync } from 'node:fs';
import { preloadPairs, preloadTable } from './preload.ts';
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
  } catch {
    return []; // it ended meanwhile
  }
}

/** The pid that a process has in its innermost PID namespace, or null when it is gone. */
export function virtualPid(pid: number): number | null {
  try {
    const line = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(line?.split(/\s+/).at(-1));
  } catch {
    return null;
  }
}

/** Start time of a process in clock ticks since boot: with the pid, it names a process for good. Null when gone. */
export function startTicks(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

/** True while that very process (not a later one with its pid) lives and is no zombie. */
export function isAlive(pid: number, ticks: number | null): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && fields[0] !== 'X' && (ticks === null || Number(fields[19]) === ticks);
  } catch {
    return false;
  }
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
