import { threePhases } from './three-phases.ts';

threePhases('state/time', [
  { program: 'clocks', twice: true },
  { program: 'clocks-go-on', twice: true },
  { program: 'cpu-clocks' },
  { program: 'timers', twice: true },
  { program: 'timerfd', twice: true },
  { program: 'timers-of-each-kind', twice: true },
  { program: 'alarm-clock' },
  { program: 'interval-timers', twice: true },
  { program: 'timerfd-kinds', twice: true },
]);
