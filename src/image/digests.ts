/** What makes a sealed image trustworthy: three digests, the header's own last, so that no byte is covered by none. */
import { createHash } from 'node:crypto';
import { AppshotError } from '../errors.ts';
import { offsetOf, writeStruct } from '../struct.ts';
import { readHeader } from './header.ts';
import { imageHeader, type ImageHeader } from './structs.ts';

const DIGEST_SIZE = 32;

/** Over the bytes after the header. */
export function recordsDigest(buffer: Buffer): Buffer {
  return createHash('sha256').update(buffer.subarray(imageHeader.size)).digest();
}

/** Over the header with this digest's own bytes zero. */
export function headerDigest(buffer: Buffer): Buffer {
  const copy = Buffer.from(buffer.subarray(0, imageHeader.size));
  const at = offsetOf(imageHeader, 'headerSha256');
  copy.fill(0, at, at + DIGEST_SIZE);
  return createHash('sha256').update(copy).digest();
}

/** Of pages whose digest is made later. */
export const NO_DIGEST = Buffer.alloc(DIGEST_SIZE);

/** Seals: fills in all digests in place; `pagesSha256` is over the pages file with its holes read as zeros, or NO_DIGEST. */
export function sealHeader(buffer: Buffer, pagesSha256: Buffer): void {
  writeStruct(imageHeader, { recordsSha256: recordsDigest(buffer), pagesSha256 }, buffer);
  writeStruct(imageHeader, { headerSha256: headerDigest(buffer) }, buffer);
}

/** Whether the digests have been filled in at all. */
export function isSealed(header: ImageHeader): boolean {
  return !header.headerSha256.equals(NO_DIGEST);
}

/**
 * Throws AppshotError 'corrupt' unless the header and the records are what was sealed. What the pages file must be is in the answer:
 * see `verifyPages`.
 */
export function verifyRecords(buffer: Buffer): { readonly header: ImageHeader; readonly pagesDigest: Buffer; readonly pagesSize: number } {
  const header = readHeader(buffer);
  if (!isSealed(header)) throw damaged('it was never sealed: its writing did not end');
  if (!headerDigest(buffer).equals(header.headerSha256)) throw damaged('its header is not what was sealed (digest)');
  if (!recordsDigest(buffer).equals(header.recordsSha256)) throw damaged('its records are not what was sealed (digest)');
  return { header, pagesDigest: header.pagesSha256, pagesSize: Number(header.pagesSize) };
}

/** Throws AppshotError 'corrupt' unless a pages file of this length and digest is the one that was sealed. */
export function verifyPages(header: ImageHeader, size: number | bigint, sha256: Buffer): void {
  if (BigInt(size) !== header.pagesSize) throw damaged(`its pages file has ${size} bytes, not ${header.pagesSize}`);
  if (!sha256.equals(header.pagesSha256)) throw damaged('its pages are not what was sealed');
}

function damaged(why: string): AppshotError {
  return new AppshotError('corrupt', 'image', why, 'restore it from a copy, or commit anew');
}
