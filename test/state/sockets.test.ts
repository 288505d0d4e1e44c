import { threePhases } from './three-phases.ts';

threePhases('sockets', [
  { program: 'unix-pairs', twice: true },
  { program: 'unix-datagrams' },
  { program: 'full-connections' },
  { program: 'unix-listener-path', twice: true },
  { program: 'unix-listener-abstract', twice: true },
  { program: 'tcp-listener', twice: true },
  { program: 'tcp-inside' },
  { program: 'udp' },
  { program: 'abstract-datagrams', twice: true },
  { program: 'peer-credentials', twice: true },
  { program: 'netlink-groups' },
  { program: 'half-closed-connections' },
  { program: 'udp-six', twice: true },
  { program: 'socket-settings' },
  { program: 'packets-by-name', twice: true },
  { program: 'waiting-connections' },
  { program: 'relative-socket-name' },
  { program: 'passed-credentials', onceOnly: 'who sent what waits in a queue is forgotten by the second capture' },
  { program: 'renamed-sockets', twice: true },
]);
