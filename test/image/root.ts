import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, whether this runs from the sources or compiled. */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'native', 'shared', 'image.h'))) {
    if (directory === '/') throw new Error('native/shared/image.h is nowhere above this test');
    directory = dirname(directory);
  }
  return directory;
}
