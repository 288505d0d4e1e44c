import { createHash } from 'node:crypto';
import { AppshotError } from '../errors.ts';
import { padding, tarHead } from './tar-head.ts';

/** One member of an archive with its digest told to `digested`. Throws AppshotError 'corrupt' when its size is not as announced. */
export function* member(name: string, size: number, chunks: Iterable<Buffer>, digested: (sha256: string) => void): Generator<Buffer> {
  const hash = createHash('sha256');
  let written = 0;
  yield tarHead({ path: name, type: 'file', size, mode: 0o600 });
  for (const chunk of chunks) {
    hash.update(chunk);
    written += chunk.length;
    yield chunk;
  }
  if (written !== size)
    throw new AppshotError('corrupt', name, `it changed while it was read (${written} bytes, not ${size})`, 'try again');
  yield Buffer.alloc(padding(size));
  digested(hash.digest('hex'));
}
