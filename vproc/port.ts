import { readFileSync } from 'node:fs';
import { readPorts, type TablePort } from './table-layout.ts';
import type { ResourceKind } from './translation.ts';

/** The port translations in an AID's table file; empty when the file is gone. */
export function portsOf(table: string): TablePort[] {
  try {
    return readPorts(readFileSync(table));
  } catch {
    return [];
  }
}

export const portKind: ResourceKind = {
  types: ['port'],
  read: ({ table }) => portsOf(table).map((port) => ({ type: 'port', virtual: port.virtualPort, system: port.systemPort })),
};
