import { readlinkSync } from 'node:fs';
import { addon } from '../native/addon.ts';
import { preloadObjects, preloadTable } from './preload.ts';
import type { ResourceKind, ResourceType, Translation } from './translation.ts';

/**
 * SysV objects under the namespace mechanism: the id and key that the application sees are the namespace's own; system-wide
 * the object is named by the IPC namespace and that id together, so the system id is written `NAMESPACE:ID`.
 */
export function sysvKind(kind: 'shm' | 'sem' | 'msg'): ResourceKind {
  const idType: ResourceType = kind;
  const keyType: ResourceType = `${kind}key`;
  return {
    types: [idType, keyType],
    read: ({ init, table }) => {
      const preload = preloadTable(table);
      if (preload !== null) return preloadObjects(preload, init, kind);
      const namespace = ipcNamespace(init);
      return rows(addon().readSysvIpc(init, kind)).flatMap(({ key, id }): Translation[] => [
        { type: idType, virtual: id, system: `${namespace}:${id}` },
        ...(key === 0 ? [] : [{ type: keyType, virtual: key, system: `${namespace}:${key}` }]),
      ]);
    },
  };
}

/** The number of the IPC namespace that a process is in. */
export const ipcNamespace = (pid: number): string => /\d+/.exec(readlinkSync(`/proc/${pid}/ns/ipc`))?.[0] ?? '0';

/** The first two columns of a /proc/sysvipc file; the heading is left out. */
function rows(text: string): { key: number; id: number }[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [key = 0, id = 0] = line.trim().split(/\s+/).map(Number);
      return { key, id };
    });
}
