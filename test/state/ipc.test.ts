import { threePhases } from './three-phases.ts';

threePhases('state/ipc', [
  { program: 'sysv-shared-memory', twice: true },
  { program: 'sysv-semaphores', twice: true },
  { program: 'sysv-messages', twice: true },
  { program: 'posix-shared-memory', twice: true },
  { program: 'named-semaphores', twice: true },
  { program: 'message-queues' },
  { program: 'message-notification', twice: true },
  { program: 'process-shared-locks' },
  { program: 'sem-undo', twice: true },
  { program: 'ipc-limits', twice: true },
]);
