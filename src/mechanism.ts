import { existsSync, readFileSync } from 'node:fs';
import { programs } from '../native/programs.ts';
import { attempt } from './attempt.ts';
import { AppshotError } from './errors.ts';
import type { VprocMode } from './types.ts';

/** What a limit may forbid of what the namespace mechanism is made of, told before anything is tried. */
const kinds = ['pid', 'ipc'] as const;
const limitOf = (kind: string): string => `user.max_${kind}_namespaces`;

/** Why `proc` has no namespace of that kind to give: the kernel doesn't know it, or a limit forbids it. Null: it can be had. */
function whyNone(proc: string, kind: string): string | null {
  if (!existsSync(`${proc}/self/ns/${kind}`)) return `the kernel has no ${kind} namespaces`;
  const limit = `${proc}/sys/${limitOf(kind).replace('.', '/')}`;
  return existsSync(limit) && readFileSync(limit, 'utf8').trim() === '0' ? `${limitOf(kind)} is 0` : null;
}

const forbidden = (proc: string): string | null => kinds.map((kind) => whyNone(proc, kind)).find((why) => why !== null) ?? null;

/** The forge makes an init's namespaces for a process that ends at once: filters of system calls and security modules tell nobody before. Null: it could. */
const forgeRefuses = async (): Promise<string | null> =>
  (await attempt(programs.forge, ['--namespaces']))?.replace(/^appshot-forge: /, '') ?? null;

/** What could be had once isn't tried again: a filter is there from the start, and whoever sets a limit is seen by it. */
let had = false;
async function tried(): Promise<string | null> {
  const why = had ? null : await forgeRefuses();
  had ||= why === null;
  return why;
}

/** Where the reasons come from: this machine, or a test's. */
export interface Machine {
  readonly proc: string;
  tried(): Promise<string | null>;
}
const here: Machine = { proc: '/proc', tried };

/** Looked at anew, for who asks what this machine can do. */
export const whyNoNamespaces = async (): Promise<string | null> => forbidden(here.proc) ?? (await forgeRefuses());

const firstReason = async (machine: Machine): Promise<string | null> => forbidden(machine.proc) ?? (await machine.tried());

/**
 * How virtual ids are bound where nobody says: by namespaces, else by the preload library. Where mount namespaces are refused
 * too, an instance can't be had either way.
 */
export const defaultMechanism = async (machine = here): Promise<VprocMode> =>
  (await firstReason(machine)) === null ? 'namespace' : 'preload';

/** Throws 'unsupported' for the namespace mechanism where it can't be had; `next`: what else the person may do. */
export async function needsMechanism(mode: VprocMode, what: string, next: string, machine = here): Promise<void> {
  const why = mode === 'namespace' ? await firstReason(machine) : null;
  if (why !== null) throw new AppshotError('unsupported', what, `the namespace mechanism can't be had here: ${why}`, next);
}
