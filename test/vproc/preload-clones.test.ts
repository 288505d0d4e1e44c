import { threePhases } from '../state/three-phases.ts';

/** State that ids stand in, where the preload library binds them: system ids differ from the source's, virtual ones don't. */
threePhases(
  'vproc/preload-clones',
  [
    { program: 'process-tree', twice: true },
    { program: 'groups-and-sessions', twice: true },
    { program: 'orphans' },
    { program: 'child-process' },
    { program: 'three-hundred-threads' },
    { program: 'thread-create-join' },
    { program: 'timers-of-each-kind' },
    { program: 'signals-queued' },
    { program: 'frozen-in-handler' },
    { program: 'async-owner' },
    { program: 'process-descriptors' },
    { program: 'sysv-shared-memory', twice: true },
    { program: 'sysv-messages' },
    { program: 'sem-undo', twice: true },
  ],
  'preload',
);
