import { spawn } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmountableBecause } from '../../native/unmount.ts';
import { attempt } from '../attempt.ts';
import { bad, good, type Check } from './check.ts';

/** Without root a mount is made by a set-user-id helper. One is made in earnest: much can forbid it, from the device's mode to /etc/fuse.conf. */
export const helper: Check = async ({ capabilities }) => {
  if (capabilities.has('CAP_SYS_ADMIN')) return good('fusermount3', 'not needed with CAP_SYS_ADMIN');
  const stays = unmountableBecause();
  if (stays !== null) return bad('fusermount3', stays.why, stays.remedy);
  const problem = await mountOnce();
  if (problem === null) return good('fusermount3', 'mounts for users');
  return bad('fusermount3', problem, remedy(problem));
};

function remedy(problem: string): string {
  if (problem.includes('not installed')) return 'apt-get install fuse3';
  if (problem.includes('/dev/fuse')) return 'chmod 666 /dev/fuse, as it is on most machines';
  if (problem.includes('username')) return 'give this user an account (/etc/passwd): fusermount3 wants to know its name';
  if (problem.includes('not permitted')) return 'chmod u+s fusermount3: it has to be set-user-id root';
  return 'ask who looks after the machine to let users mount by fusermount3 (package fuse3, /etc/fuse.conf)';
}

/** What fusermount3 says when it can't. It hands the device over descriptor 3; nobody takes it, so the mount is dead at once. */
async function mountOnce(): Promise<string | null> {
  const at = await mkdtemp(join(tmpdir(), 'appshot-doctor-'));
  try {
    const problem = await fusermount(at);
    if (problem === null) await attempt('fusermount3', ['-u', '-z', '--', at]);
    return problem;
  } finally {
    await rmdir(at);
  }
}

function fusermount(at: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('fusermount3', ['-o', 'rw,nosuid,nodev,fsname=appshot-doctor', '--', at], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, _FUSE_COMMFD: '3', LC_ALL: 'C' },
      timeout: 10_000,
    });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    child.stdio[3]?.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? 'fusermount3 is not installed' : error.message);
    });
    child.on('exit', (code) => {
      child.stdio[3]?.destroy();
      resolve(code === 0 ? null : words.trim().split('\n').at(-1) || `fusermount3 ended with ${String(code)}`);
    });
  });
}
