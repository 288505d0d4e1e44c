import { AppshotError } from '../errors.ts';

/** sun_path holds 108 bytes with its NUL; the kernel cuts nothing off, but libuv's older versions did, without a word. */
const LONGEST = 107;

/** Throws AppshotError `misuse` for a path that no socket can have. */
export function checkSocketPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= LONGEST) return;
  throw new AppshotError(
    'misuse',
    'reach the daemon',
    `a socket's path has at most ${LONGEST} bytes, ${path} has ${length}`,
    'choose a shorter APPSHOT_HOME',
  );
}
