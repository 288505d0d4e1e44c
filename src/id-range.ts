import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { preloadTable } from '../vproc/preload.ts';
import { TABLE_ID_FIRST, TABLE_ID_RANGE, TABLE_ID_RANGES, type IdRange } from '../vproc/table-layout.ts';
import { filesOf } from './instances.ts';
import type { Store } from './store.ts';
import type { VprocMode } from './types.ts';

/**
 * The virtual ids of an AID under the preload mechanism: a range that no other instance of the store has, while there are any, all above
 * what the kernel gives, so that an id that was not translated names nothing. The lowest is taken: programs have room for as many digits as the
 * kernel's ids have, which is seven, and the ids of the first five ranges have no more. Empty for the namespace mechanism.
 */
export function idRange(store: Store, aid: string, mode: VprocMode): { readonly ids?: IdRange } {
  if (mode !== 'preload') return {};
  const others = store.db.instances.list().filter((row) => row.vproc === 'preload' && row.aid !== aid);
  const taken = new Set(others.map((row) => preloadTable(filesOf(store, row).table)?.head.idBase));
  const bases = Array.from({ length: TABLE_ID_RANGES }, (_, i) => TABLE_ID_FIRST + i * TABLE_ID_RANGE);
  return {
    ids: {
      base: bases.find((base) => !taken.has(base)) ?? TABLE_ID_FIRST,
      salt: randomBytes(8).readBigUInt64LE(),
      namespace: statSync('/proc/self/ns/pid', { bigint: true }).ino,
    },
  };
}
