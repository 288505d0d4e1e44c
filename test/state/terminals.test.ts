import { threePhases } from './three-phases.ts';

threePhases('state/terminals', [
  { program: 'terminal-pair', twice: true },
  { program: 'typed-ahead', twice: true },
  { program: 'controlling-terminal', twice: true },
  { program: 'job-control', twice: true },
  { program: 'shell-in-terminal' },
]);
