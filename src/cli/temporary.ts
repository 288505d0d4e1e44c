import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A file's name in a directory that nobody else can look into; both are gone afterwards, also when a signal ends the command. */
export async function withTemporaryFile<T>(name: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'appshot-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  const end = (signal: NodeJS.Signals): void => {
    for (const each of ENDING) process.off(each, end);
    remove();
    process.kill(process.pid, signal); // as it would have ended without this
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    return await use(join(directory, name));
  } finally {
    for (const signal of ENDING) process.off(signal, end);
    remove();
  }
}
