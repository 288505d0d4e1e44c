import { compressionOf, decompressor } from '../../src/archive/compression.ts';

/** The tar in an archive: which way it is compressed depends on what this Node can. */
export async function unpacked(archive: Buffer): Promise<Buffer> {
  const plain = decompressor(compressionOf(archive) ?? 'none', 'unpack');
  plain.end(archive);
  const parts: Buffer[] = [];
  for await (const part of plain) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
