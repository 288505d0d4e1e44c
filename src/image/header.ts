import { AppshotError } from '../errors.ts';
import { readStruct } from '../struct.ts';
import { corrupt } from './cursor.ts';
import { IMAGE_MAGIC, IMAGE_VERSION } from './layout.ts';
import { imageHeader, recordHeader, type ImageHeader } from './structs.ts';

/**
 * The header at the start of a records file, checked against itself; `fileSize` is the file's length when the buffer holds only
 * its beginning. Throws AppshotError 'corrupt', or 'unsupported' for an image of another version.
 */
export function readHeader(buffer: Buffer, fileSize = buffer.length): ImageHeader {
  if (buffer.length < imageHeader.size) throw corrupt(buffer.length, `the file ends within its header of ${imageHeader.size} bytes`);
  const header = readStruct(imageHeader, buffer);
  if (!header.magic.equals(IMAGE_MAGIC)) throw corrupt(0, 'it is no image: the magic is missing');
  if (header.version !== IMAGE_VERSION)
    throw new AppshotError(
      'unsupported',
      'image',
      `it is of version ${header.version}, and this program reads version ${IMAGE_VERSION}`,
      'commit anew with this version',
    );
  const fault = faultOf(header, fileSize);
  if (fault !== null) throw corrupt(0, fault);
  return header;
}

function faultOf(header: ImageHeader, fileSize: number): string | null {
  if (header.headerSize !== imageHeader.size) return `the header claims ${header.headerSize} bytes, not ${imageHeader.size}`;
  if (header.pageSize !== 4096) return `pages of ${header.pageSize} bytes`;
  if (header.recordsSize !== BigInt(fileSize - imageHeader.size))
    return `the header claims ${header.recordsSize} bytes of records, and ${fileSize - imageHeader.size} are there`;
  if (BigInt(header.recordCount) * BigInt(recordHeader.size) > header.recordsSize)
    return `${header.recordCount} records can't stand in ${header.recordsSize} bytes`;
  if (header.pagesSize % 4096n !== 0n) return `the pages file claims ${header.pagesSize} bytes, no multiple of a page`;
  if (BigInt(header.pageCount) * 4096n > header.pagesSize) return `${header.pageCount} pages can't stand in ${header.pagesSize} bytes`;
  return null;
}
