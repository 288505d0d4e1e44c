import { threePhases } from './three-phases.ts';

threePhases('process', [
  { program: 'no-leftovers', twice: true },
  { program: 'child-process', twice: true },
  { program: 'process-tree', twice: true },
  { program: 'zombies', twice: true },
  { program: 'orphans' },
  { program: 'groups-and-sessions', twice: true },
  { program: 'group-without-leader' },
  { program: 'stopped-child' },
  { program: 'child-signals' },
  { program: 'fork-and-exec', twice: true },
  { program: 'identities' },
  { program: 'environment', twice: true, says: (aid) => `aid=${aid}` },
  { program: 'process-settings', twice: true },
  { program: 'working-directory' },
]);
