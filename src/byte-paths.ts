/** Paths as bytes, one character each (latin1): names of files need not be UTF-8, and none may be lost. */

/** Such a path for the system. */
export const bytesOf = (path: string): Buffer => Buffer.from(path, 'latin1');
/** For words: names that are UTF-8 read as such. */
export const shownPath = (path: string): string => bytesOf(path).toString('utf8');
/** Of a path that is text. */
export const ofText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
