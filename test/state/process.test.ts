import { threePhases } from './three-phases.ts';

threePhases('process', [
  { program: 'no-leftovers', twice: true },
  { program: 'clocks', twice: true },
  { program: 'cpu-clocks' },
]);
