import { threePhases } from './three-phases.ts';

threePhases('sockets', [
  { program: 'unix-pairs', twice: true },
  { program: 'unix-listener-path', twice: true },
  { program: 'unix-listener-abstract' },
  { program: 'tcp-listener', twice: true },
  { program: 'tcp-inside' },
  { program: 'udp' },
]);
