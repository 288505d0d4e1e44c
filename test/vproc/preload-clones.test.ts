import { threePhases } from '../state/three-phases.ts';

/** State that ids stand in, where the preload library binds them: system ids differ from the source's, virtual ones don't. */
threePhases(
  'vproc/preload-clones',
  [
    { program: 'process-tree', twice: true },
    { program: 'groups-and-sessions', twice: true },
    { program: 'orphans' },
    { program: 'thread-create-join' },
    { program: 'thread-cancel' },
    { program: 'users-of-threads', twice: true },
    { program: 'held-locks', twice: true },
    { program: 'identities' },
    { program: 'zombies' },
    { program: 'proc-files' },
    { program: 'peer-credentials', twice: true },
    { program: 'passed-credentials', twice: true },
    { program: 'job-control' },
    { program: 'stopped-child' },
    { program: 'blocked-calls' },
    { program: 'timers-of-each-kind' },
    { program: 'async-owner' },
    { program: 'process-descriptors' },
    { program: 'sysv-shared-memory', twice: true },
    { program: 'sysv-messages' },
    { program: 'message-queues', twice: true },
    { program: 'sem-undo', twice: true },
    { program: 'own-process-namespace', refused: /has a process namespace of its own, which can't be part of a template/ },
    { program: 'robust-mutex', refused: /holds a robust mutex, which can't be part of a template under the preload mechanism/ },
  ],
  'preload',
);
