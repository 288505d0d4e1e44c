import { threePhases } from './three-phases.ts';

threePhases('state/signals', [
  { program: 'signal-handlers', twice: true },
  { program: 'signals-pending', twice: true },
  { program: 'signals-without-details' },
  { program: 'signals-queued' },
  { program: 'signal-stacks' },
  { program: 'frozen-in-handler', twice: true },
  { program: 'blocked-calls', twice: true },
  { program: 'blocked-sleeps' },
  { program: 'signal-suspended', twice: true },
  { program: 'signal-flags' },
  { program: 'signals-to-threads' },
]);
