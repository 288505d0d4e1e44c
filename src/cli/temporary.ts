import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file's name in a directory that nobody else can look into; both are gone afterwards. */
export async function withTemporaryFile<T>(name: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'appshot-'));
  try {
    return await use(join(directory, name));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
