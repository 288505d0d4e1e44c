import { readFileSync } from 'node:fs';
import { threePhases } from './three-phases.ts';

threePhases('state/sockets', [
  { program: 'unix-pairs', twice: true },
  { program: 'unix-datagrams' },
  { program: 'long-datagram-queues', twice: true },
  { program: 'shared-ports', twice: true },
  { program: 'full-connections' },
  { program: 'unix-listener-path', twice: true },
  { program: 'unix-listener-abstract', twice: true },
  { program: 'tcp-listener', twice: true },
  { program: 'go-sockets', twice: true },
  { program: 'tcp-inside' },
  { program: 'tcp-both-families', twice: true },
  { program: 'udp' },
  { program: 'udp-anywhere', twice: true, lacks: leadsOut() ? null : 'the machine has no way out (a default route over IPv4)' },
  { program: 'abstract-datagrams', twice: true },
  { program: 'peer-credentials', twice: true },
  { program: 'netlink-groups' },
  { program: 'half-closed-connections' },
  { program: 'udp-six', twice: true },
  { program: 'socket-settings' },
  { program: 'multipath-tcp', twice: true },
  { program: 'more-socket-settings', twice: true },
  { program: 'window-clamp', twice: true },
  { program: 'packets-by-name', twice: true },
  { program: 'waiting-connections' },
  { program: 'crowded-listener' },
  { program: 'relative-socket-name' },
  { program: 'renamed-sockets', twice: true },
  { program: 'passed-credentials', twice: true },
  { program: 'rights-in-flight', twice: true },
  { program: 'rights-nested', twice: true },
  { program: 'empty-messages', twice: true },
  { program: 'socket-filters', twice: true },
  { program: 'peers-gone', twice: true },
]);

/** Lines of /proc/net/route: the interface, then the destination, zero for the default route. */
function leadsOut(): boolean {
  return readFileSync('/proc/net/route', 'latin1')
    .split('\n')
    .some((line) => line.split('\t')[1] === '00000000');
}
