import { threePhases } from './three-phases.ts';

threePhases('state/threads', [
  { program: 'condition-waiters', twice: true },
  { program: 'mutex-waiters' },
  { program: 'thread-local', twice: true },
  { program: 'thread-names' },
  { program: 'direct-calls', twice: true },
  { program: 'seccomp-filter', twice: true },
  { program: 'ended-leader', twice: true },
  { program: 'fifty-threads', twice: true },
  { program: 'thread-create-join' },
  { program: 'thread-cancel' },
  { program: 'robust-mutex' },
  { program: 'vector-registers', twice: true },
  { program: 'wide-registers' },
  { program: 'restartable-sequences', twice: true },
  { program: 'three-hundred-threads', twice: true },
  { program: 'thread-signal-stacks' },
  { program: 'shared-signal-stack', twice: true },
  { program: 'reader-writer-locks' },
  { program: 'held-locks' },
  { program: 'futex-between-processes', twice: true },
]);
