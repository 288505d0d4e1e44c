/** Names of POSIX message queues in an AID's table: native/shared/queue-names.h. */
import { offsetOf } from '../src/struct.ts';
import { ENTRY_USED, table, tableQueue, TABLE_QUEUES } from './table-structs.ts';

const NAME = offsetOf(tableQueue, 'name');

/** The system's names, without their slash. A queue of such a name need not be there any more. Throws nothing. */
export function readQueues(buffer: Buffer): string[] {
  const found: string[] = [];
  const start = offsetOf(table, 'queues');
  for (let at = start; at < start + TABLE_QUEUES * tableQueue.size; at += tableQueue.size) {
    if ((buffer.readUInt8(at) & 3) !== ENTRY_USED) continue;
    const name = buffer.subarray(at + NAME, at + tableQueue.size);
    found.push(name.toString('utf8', 0, Math.max(name.indexOf(0), 0)));
  }
  return found;
}
