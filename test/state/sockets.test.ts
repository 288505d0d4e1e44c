import { threePhases } from './three-phases.ts';

threePhases('sockets', [
  { program: 'unix-pairs', twice: true },
  { program: 'unix-listeners', twice: true },
  { program: 'tcp-listener', twice: true },
  { program: 'tcp-inside' },
  { program: 'udp' },
]);
