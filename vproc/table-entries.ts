/** Ports of an AID's table. An entry counts once its state is USED; nothing else in it is looked at before. */
import { AppshotError } from '../src/errors.ts';
import { addressBytes, ipv4Text, ipv6Text } from './addresses.ts';
import { offsetOf, readStruct, writeStruct, type Fields, type Struct, type StructValue } from '../src/struct.ts';
import { ENTRY_FREE, ENTRY_USED, table, tablePort, TABLE_PORTS } from './table-structs.ts';

export interface TablePort {
  readonly family: 'ipv4' | 'ipv6';
  readonly type: 'tcp' | 'udp';
  readonly virtualPort: number;
  readonly systemPort: number;
  /** Virtual pid of the process that bound it. */
  readonly pid: number;
  /** What the application asked to bind, as text: `0.0.0.0`, `::1`. */
  readonly address: string;
}

const STATE = offsetOf(tablePort, 'state');
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

/** The ports in use, in the order of the table. One whose address isn't noted yet is left out. Throws nothing. */
export function readPorts(buffer: Buffer): TablePort[] {
  const noted = used(tablePort, 'ports', TABLE_PORTS, buffer).filter((port) => port.family !== 0);
  return noted.map((port) => ({
    family: port.family === AF_INET6 ? ('ipv6' as const) : ('ipv4' as const),
    type: port.type === SOCK_DGRAM ? ('udp' as const) : ('tcp' as const),
    virtualPort: port.virtualPort,
    systemPort: port.systemPort,
    pid: port.pid,
    address: port.family === AF_INET6 ? ipv6Text(port.address) : ipv4Text(port.address),
  }));
}

/**
 * Writes entry `index`, of a table that no process maps yet: nothing is claimed here.
 * Throws AppshotError 'no-space' when the table has no such entry, 'misuse' for an address that is none.
 */
export function writePort(buffer: Buffer, index: number, port: TablePort): void {
  if (index < 0 || index >= TABLE_PORTS) throw new AppshotError('no-space', 'id table', `more than ${TABLE_PORTS} ports`);
  writeStruct(
    tablePort,
    {
      state: ENTRY_USED,
      family: port.family === 'ipv6' ? AF_INET6 : AF_INET,
      type: port.type === 'udp' ? SOCK_DGRAM : SOCK_STREAM,
      virtualPort: port.virtualPort,
      systemPort: port.systemPort,
      pid: port.pid,
      address: addressBytes(port.family, port.address),
    },
    buffer,
    offsetOf(table, 'ports') + index * tablePort.size,
  );
}

/** Adds a port at the first free entry. Throws as `writePort` does. */
export function addPort(buffer: Buffer, port: TablePort): void {
  const start = offsetOf(table, 'ports');
  let index = 0;
  while (index < TABLE_PORTS && buffer.readUInt8(start + index * tablePort.size + STATE) !== ENTRY_FREE) index++;
  writePort(buffer, index, port);
}

function used<F extends Fields>(type: Struct<F>, field: 'ports', count: number, buffer: Buffer): StructValue<F>[] {
  const start = offsetOf(table, field);
  const found: StructValue<F>[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * type.size;
    if (buffer.readUInt8(at + STATE) === ENTRY_USED) found.push(readStruct(type, buffer, at));
  }
  return found;
}
