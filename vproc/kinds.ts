import { mqueueKind } from './mqueue.ts';
import { pidKind } from './pid.ts';
import { portKind } from './port.ts';
import { sysvKind } from './sysv.ts';
import type { ResourceKind, Translation } from './translation.ts';

/** Every resource type that is translated. A new type is one more file and one more entry here. */
export const resourceKinds: readonly ResourceKind[] = [pidKind, sysvKind('shm'), sysvKind('sem'), sysvKind('msg'), mqueueKind, portKind];

/** All translations of an instance as they stand now. */
export function readTranslations(instance: { readonly init: number; readonly table: string }): Translation[] {
  return resourceKinds.flatMap((kind) => kind.read(instance));
}
