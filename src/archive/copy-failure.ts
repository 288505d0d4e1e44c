import { AppshotError } from '../errors.ts';

/** Also the last words of a write that was only done in part. */
const NO_ROOM = /No space left|Wrote only \d+ of \d+ bytes/;
/** What tar says of an archive that is none, or not whole. */
const DAMAGED =
  /^tar: (Skipping to next header|Unexpected EOF|This does not look like a tar archive|Malformed|Archive (contains|octal|value|signed|base-64))/m;
/** What tar says beside the reason why it failed. */
const REMARK = /^tar: (Removing leading|Ignoring unknown|A lone zero block|.*: implausibly old time stamp|.*: time stamp .* in the future)/;

export const isRemark = (line: string): boolean => REMARK.test(line);

/** Why `cp` or `tar` made no files, from what it `said` in the C locale; `otherwise` where it said nothing. 'no-space' or 'failed'. */
export function copyFailure(said: string, what: string, otherwise: string): AppshotError {
  if (NO_ROOM.test(said)) return new AppshotError('no-space', what, 'the disk is full', 'make room and try again; nothing was left behind');
  if (DAMAGED.test(said)) return new AppshotError('corrupt', what, 'a layer in it is damaged', 'nothing was left behind');
  const why = said.split('\n').find((line) => !isRemark(line)) ?? '';
  return new AppshotError('failed', what, why === '' ? otherwise : why, 'nothing was left behind');
}
