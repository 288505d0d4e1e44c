import { existsSync, readFileSync } from 'node:fs';
import type { VprocMode } from './types.ts';

/** `proc` has a namespace of that kind to give: the kernel knows it, and no limit forbids it. */
function canBeHad(proc: string, kind: 'pid' | 'ipc'): boolean {
  const limit = `${proc}/sys/user/max_${kind}_namespaces`;
  return existsSync(`${proc}/self/ns/${kind}`) && !(existsSync(limit) && readFileSync(limit, 'utf8').trim() === '0');
}

/**
 * How virtual ids are bound where nobody says: by namespaces, else by the preload library. Where mount namespaces are refused
 * too, an instance can't be had either way.
 */
export const defaultMechanism = (proc = '/proc'): VprocMode => (canBeHad(proc, 'pid') && canBeHad(proc, 'ipc') ? 'namespace' : 'preload');
