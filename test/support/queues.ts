import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names of this machine's message queues that end so, with their tags; none without root, who alone may look. */
export function queuesLike(ending: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const directory = mkdtempSync(join(tmpdir(), 'appshot-queues-'));
  try {
    execFileSync('mount', ['-t', 'mqueue', 'none', directory]);
    const found = readdirSync(directory).filter((name) => name.endsWith(ending));
    execFileSync('umount', [directory]);
    return found;
  } finally {
    rmdirSync(directory);
  }
}
