import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A port that a process of an instance has itself on the host. */
export interface UntranslatedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** What a socket's state is in /proc/net: a listener of TCP, and of UDP what has no peer. */
const SERVES = { tcp: '0A', udp: '07' } as const;

/**
 * Ports that processes have by themselves, as the preload library in them would have translated: they are static programs, or told to leave their calls
 * alone. `translated`: system ports of the instance's table, which are others. Read from /proc/net of the first process.
 */
export function untranslatedPorts(pids: readonly number[], translated: ReadonlySet<number>): UntranslatedPort[] {
  const first = pids[0];
  if (first === undefined) return [];
  const serving = new Map((['tcp', 'udp'] as const).flatMap((protocol) => servingSockets(first, protocol, translated)));
  if (serving.size === 0) return [];
  const found = new Map<string, UntranslatedPort>();
  for (const inode of pids.flatMap(socketsOf)) {
    const port = serving.get(inode);
    if (port !== undefined) found.set(`${port.protocol} ${port.port}`, port);
  }
  return [...found.values()];
}

/** Of these processes those that the preload library isn't in. */
export function outOfReach(pids: readonly { readonly system: number }[]): number[] {
  return pids.map(({ system }) => system).filter((pid) => !textOf(`/proc/${pid}/maps`).includes('/.appshot/libappshot'));
}

/** By the inode of the socket. */
function servingSockets(pid: number, protocol: 'tcp' | 'udp', translated: ReadonlySet<number>): [string, UntranslatedPort][] {
  return [protocol, `${protocol}6`]
    .flatMap((file) => textOf(`/proc/${pid}/net/${file}`).split('\n').slice(1))
    .flatMap((line): [string, UntranslatedPort][] => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const port = parseInt(local.split(':')[1] ?? '', 16);
      return state === SERVES[protocol] && port > 0 && !translated.has(port) ? [[inode, { protocol, port }]] : [];
    });
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? []);
  } catch {
    return []; // it has ended
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it has ended, or the kernel has no IPv6
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
