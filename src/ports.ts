import { createServer } from 'node:net';
import { writePort, type TablePort } from '../vproc/table-layout.ts';
import { portsOf } from '../vproc/port.ts';
import { AppshotError } from './errors.ts';
import type { PortRequest, PublishedPort } from './types.ts';
import { untranslatedPorts } from './untranslated-ports.ts';

/**
 * Ports of the instance as the host reaches them: the virtual port, and where it is on loopback. Of one number for both, that of TCP.
 * `pids`: processes that may have ports of the host's own.
 */
export function publishedPorts(table: string, pids: readonly number[] = []): PublishedPort[] {
  const found = new Map<number, TablePort>();
  const translated = portsOf(table);
  for (const port of translated) {
    const before = found.get(port.virtualPort);
    if (before === undefined || (before.type !== 'tcp' && port.type === 'tcp')) found.set(port.virtualPort, port);
  }
  const published = [...found.values()].map((port) => ({ port: port.virtualPort, address: `127.0.0.1:${port.systemPort}` }));
  for (const { port } of untranslatedPorts(pids, new Set(translated.map(({ systemPort }) => systemPort))))
    if (!published.some((other) => other.port === port)) published.push({ port, address: `127.0.0.1:${port}` });
  return published;
}

/**
 * Claims public ports ahead: a fixed translation in the table makes the application's own bind land there, so no byte is
 * ever handled by anything between. Throws 'busy' when a public port is taken.
 */
export async function claimPublicPorts(table: Buffer, requests: readonly PortRequest[], what: string): Promise<void> {
  let index = 0;
  for (const request of requests) {
    if (request.public === null) continue;
    if (!(await isFree(request.public)))
      throw new AppshotError('busy', what, `port ${request.public} is in use on this machine`, 'name another with -p PUBLIC:PORT');
    const entry: TablePort = {
      family: 'ipv4',
      type: 'tcp',
      virtualPort: request.port,
      systemPort: request.public,
      pid: 0,
      address: '0.0.0.0',
    };
    writePort(table, index++, entry);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
