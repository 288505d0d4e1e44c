import { threePhases } from './three-phases.ts';

threePhases('ipc', [
  { program: 'sysv-shared-memory', twice: true },
  { program: 'sysv-semaphores', twice: true },
  { program: 'sysv-messages', twice: true },
  { program: 'posix-shared-memory', twice: true },
  {
    program: 'named-semaphores',
    limit: 'a mapped file whose first name is gone while another name of it remains is taken for a removed one',
  },
  { program: 'message-queues' },
  { program: 'process-shared-locks' },
]);
