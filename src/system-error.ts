import { getSystemErrorMap } from 'node:util';

/** What the system said, in its own words: `no such file or directory` rather than ENOENT. */
export function systemWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, message }: NodeJS.ErrnoException = error;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
