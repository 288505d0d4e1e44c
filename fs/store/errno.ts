import { constants } from 'node:os';

/** A failure as the kernel is told of it. */
export class Errno extends Error {
  readonly errno: number;

  constructor(name: keyof typeof constants.errno, message: string = name) {
    super(message);
    this.errno = constants.errno[name];
  }
}

/** What the failures of the product mean to a program that only knows files. */
const CODES: Readonly<Record<string, keyof typeof constants.errno>> = {
  'not-found': 'ENOENT',
  exists: 'EEXIST',
  busy: 'EBUSY',
  misuse: 'EINVAL',
  refused: 'EPERM',
  permission: 'EACCES',
  unsupported: 'EOPNOTSUPP',
  'no-space': 'ENOSPC',
  timeout: 'ETIMEDOUT',
  gone: 'ENOENT',
};

/** The number, positive, of whatever was thrown: a system error's own, an AppshotError's by its code, EIO otherwise. */
export function errnoOf(thrown: unknown): number {
  if (thrown instanceof Errno) return thrown.errno;
  const { code, errno } = thrown as { code?: unknown; errno?: unknown };
  if (typeof errno === 'number' && errno !== 0) return Math.abs(errno);
  return constants.errno[CODES[String(code)] ?? 'EIO'];
}
