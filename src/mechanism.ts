import { existsSync, readFileSync } from 'node:fs';
import { AppshotError } from './errors.ts';
import type { VprocMode } from './types.ts';

/** What the namespace mechanism is made of. */
const kinds = ['pid', 'ipc'] as const;
const limitOf = (kind: string): string => `user.max_${kind}_namespaces`;

/** Why `proc` has no namespace of that kind to give: the kernel doesn't know it, or a limit forbids it. Null: it can be had. */
function whyNone(proc: string, kind: string): string | null {
  if (!existsSync(`${proc}/self/ns/${kind}`)) return `the kernel has no ${kind} namespaces`;
  const limit = `${proc}/sys/${limitOf(kind).replace('.', '/')}`;
  return existsSync(limit) && readFileSync(limit, 'utf8').trim() === '0' ? `${limitOf(kind)} is 0` : null;
}

const firstReason = (proc: string): string | undefined => kinds.map((kind) => whyNone(proc, kind)).find((why) => why !== null) ?? undefined;

/**
 * How virtual ids are bound where nobody says: by namespaces, else by the preload library. Where mount namespaces are refused
 * too, an instance can't be had either way.
 */
export const defaultMechanism = (proc = '/proc'): VprocMode => (firstReason(proc) === undefined ? 'namespace' : 'preload');

/** Throws 'unsupported' for the namespace mechanism where it can't be had; `next`: what else the person may do. */
export function needsMechanism(mode: VprocMode, what: string, next: string, proc = '/proc'): void {
  const why = mode === 'namespace' ? firstReason(proc) : undefined;
  if (why !== undefined) throw new AppshotError('unsupported', what, `the namespace mechanism can't be had here: ${why}`, next);
}
