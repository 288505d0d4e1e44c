import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { addon } from './addon.ts';

/** Detaches a view or a store's mount, busy or not; a user's by fusermount3. Not being mounted is no error. Throws what umount says. */
export function unmount(path: string): void {
  try {
    addon().unmount(path);
  } catch (error) {
    if ((error as { errno?: number }).errno !== constants.errno.EPERM) throw error;
    if (isMounted(path)) execFileSync('fusermount3', ['-u', '-z', '--', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** Why a user's mount would stay for good, with what to do about it; null where it would not. */
export function unmountableBecause(): { readonly why: string; readonly remedy: string } | null {
  if (existsSync('/etc/mtab')) return null;
  return { why: 'fusermount3 unmounts nothing without /etc/mtab', remedy: 'as root: ln -s /proc/self/mounts /etc/mtab' };
}

/** A user is refused the call itself, whether anything is mounted there or not. The kernel writes blanks in paths as \040. */
function isMounted(path: string): boolean {
  const written = path.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === written);
}
