import { addon } from '../native/addon.ts';
import { preloadTable } from './preload.ts';
import { ipcNamespace } from './sysv.ts';
import type { ResourceKind } from './translation.ts';

/**
 * POSIX message queues, which have names for ids. Under the namespace mechanism the application's name is the kernel's, and system-wide the queue is
 * named by the IPC namespace too: `NAMESPACE:/NAME`. Under preload the AID's tag stands before the name.
 */
export const mqueueKind: ResourceKind = {
  types: ['mqueue'],
  read: ({ init, table }) => {
    const preload = preloadTable(table);
    if (preload === null) {
      const namespace = ipcNamespace(init);
      return addon()
        .messageQueues(init, '', [])
        .map((name) => ({ type: 'mqueue', virtual: `/${name}`, system: `${namespace}:/${name}` }));
    }
    const { nameTag } = preload.head;
    if (nameTag === '') return [];
    return addon()
      .messageQueues(init, nameTag, preload.queues)
      .map((name) => ({ type: 'mqueue', virtual: `/${name.slice(nameTag.length)}`, system: `/${name}` }));
  },
};
