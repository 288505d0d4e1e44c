/** A record as the rule language sees it: its type, the names it goes by, and how it is used. */
import type { Access, Resource, ResourceType } from '../rules/index.ts';
import type { ImageRecord } from './bodies.ts';

const O_ACCMODE = 3;
const O_RDWR = 2;

/** All the guises in which a rule may speak of the record, the most particular first; none for one that rules don't speak of. */
export function resourcesOf(record: ImageRecord): Resource[] {
  switch (record.kind) {
    case 'file':
      return [resource('file', [record.name], fileAccesses(record.body.state.flags))];
    case 'socket':
      return [
        ...(record.body.state.virtualPort === 0 ? [] : [resource('port', [String(record.body.state.virtualPort)])]),
        resource('socket', record.name === '' ? [String(record.id)] : [record.name]),
      ];
    case 'vmas':
    case 'extents':
      return [resource('memory', [String(record.id)])];
    case 'shmem':
      return [resource('memory', [record.name === '' ? String(record.id) : record.name])];
    case 'sysv_shm':
      return [resource('shm', keyNames(record.body.ipc.key, record.id))];
    case 'sysv_sem':
      return [resource('sem', keyNames(record.body.state.ipc.key, record.id))];
    case 'sysv_msg':
      return [resource('msg', keyNames(record.body.state.ipc.key, record.id))];
    case 'pipe':
      return [resource('pipe', [record.name === '' ? String(record.id) : record.name])];
    case 'posix_timer':
    case 'itimers':
    case 'timerfd':
      return [resource('timer', [String(record.id)])];
    case 'process':
      return [resource('process', [String(record.id)])];
    default:
      return [];
  }
}

function resource(type: ResourceType, names: readonly string[], accesses: readonly Access[] = ['create', 'read', 'write']): Resource {
  return { type, names, accesses };
}

function fileAccesses(flags: number): Access[] {
  const mode = flags & O_ACCMODE;
  return mode === 0 ? ['read'] : mode === O_RDWR ? ['read', 'write'] : ['write'];
}

/** By key in both ways of writing it, and by id. */
function keyNames(key: number, id: number): string[] {
  return [`0x${(key >>> 0).toString(16).padStart(8, '0')}`, String(key), String(id)];
}
