import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { AppshotError } from '../errors.ts';
import { fileChunks } from './extents.ts';
import type { HostFile } from './manifest.ts';

/** Throws AppshotError 'refused' when a file of this machine is not the one that the template's processes have mapped. */
export function checkDigests(files: readonly HostFile[], what: string): void {
  const other = files.filter((file) => !isSame(file));
  const [first] = other;
  if (first === undefined) return;
  const more = other.length === 1 ? '' : ` and ${other.length - 1} more files`;
  throw new AppshotError(
    'refused',
    what,
    `it stands on the host's files, and ${first.path}${more} ${other.length === 1 ? 'is' : 'are'} not the same here`,
    'install the same packages, or make the template from a root of its own (create --root, run --from)',
  );
}

function isSame({ path, size, sha256 }: HostFile): boolean {
  const hash = createHash('sha256');
  let read = 0;
  try {
    const file = statSync(path);
    if (!file.isFile() || file.size !== size) return false; // a FIFO would be waited for
    for (const chunk of fileChunks(path)) {
      hash.update(chunk);
      read += chunk.length;
    }
  } catch {
    return false;
  }
  return read === size && hash.digest('hex') === sha256;
}
