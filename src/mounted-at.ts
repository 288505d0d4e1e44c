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

/** Where something of this name is mounted. */
export function placesOf(name: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' - '))
    .filter(([, after = '']) => after.split(' ')[1] === name)
    .map(
      ([before = '']) =>
        before.split(' ')[4]?.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))) ?? '',
    );
}
