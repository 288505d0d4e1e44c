import { threePhases } from './three-phases.ts';

threePhases('time', [
  { program: 'clocks', twice: true },
  { program: 'cpu-clocks' },
  { program: 'timers', twice: true },
  { program: 'timerfd', twice: true },
]);
