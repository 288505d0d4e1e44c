/** The words of the rule language beyond its keywords, and which of them go together. */

/** What a variable can stand for. */
export const PROPERTIES = ['application-ID', 'template-ID', 'generation'] as const;
export type Property = (typeof PROPERTIES)[number];

/** Defined in every rule set, whether a `Define` says so or not. */
export const APPLICATION_VARIABLE = 'APPL-ID';

export const RESOURCE_TYPES = ['file', 'memory', 'socket', 'port', 'shm', 'sem', 'msg', 'pipe', 'timer', 'process'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const ACCESSES = ['create', 'read', 'write', 'destroy', 'any'] as const;
export type Access = (typeof ACCESSES)[number];

export const ACTIONS = ['share', 'copy-on-write', 'duplicate', 'virtualize', 'multiplex', 'allocate', 'keep', 'reset'] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * What can be done to each type at all: an action that a clone could not carry out is a mistake in the rule file, and is
 * better said when it is read than at the hundredth clone.
 */
export const ACTIONS_OF: Readonly<Record<ResourceType, readonly Action[]>> = {
  file: ['share', 'copy-on-write', 'duplicate', 'keep', 'reset'],
  memory: ['share', 'copy-on-write', 'duplicate', 'keep', 'reset'],
  socket: ['duplicate', 'virtualize', 'multiplex', 'allocate', 'keep', 'reset'],
  port: ['virtualize', 'multiplex', 'allocate', 'keep'],
  shm: ['share', 'copy-on-write', 'duplicate', 'virtualize', 'keep', 'reset'],
  sem: ['share', 'duplicate', 'virtualize', 'keep', 'reset'],
  msg: ['share', 'duplicate', 'virtualize', 'keep', 'reset'],
  pipe: ['duplicate', 'keep', 'reset'],
  timer: ['duplicate', 'keep', 'reset'],
  process: ['virtualize', 'keep'],
};

/** The member of `words` that `text` names, in any mixture of cases; undefined when there is none. Throws nothing. */
export function wordAmong<W extends string>(words: readonly W[], text: string): W | undefined {
  const folded = text.toLowerCase();
  return words.find((word) => word.toLowerCase() === folded);
}
