/** One translation: `AID : type : virtual id <-> node : system id` (specification, part C). */
export interface Translation {
  readonly type: ResourceType;
  readonly virtual: number | string;
  readonly system: number | string;
}

export const resourceTypes = ['pid', 'shm', 'shmkey', 'sem', 'semkey', 'msg', 'msgkey', 'mqueue', 'port'] as const;
export type ResourceType = (typeof resourceTypes)[number];

/** What a resource type's file in this folder gives: the translations of an instance as the kernel has them now. */
export interface ResourceKind {
  readonly types: readonly ResourceType[];
  /** `init` is the host pid of the instance's init, `table` the path of its table file. */
  read(instance: { readonly init: number; readonly table: string }): Translation[];
}
