import { readFileSync } from 'node:fs';

/** The name of what is mounted exactly there, null for nothing. */
export function mountedAt(path: string): string | null {
  const escaped = path.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n').reverse()) {
    const [before = '', after = ''] = line.split(' - ');
    if (before.split(' ')[4] === escaped) return after.split(' ')[1] ?? '';
  }
  return null;
}
