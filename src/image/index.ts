/** The image of a frozen application (FIG. 7): read, checked, classified, sealed. Pure: buffers in, plain objects out. */
export * from './layout.ts';
export type { Bodies, ImageRecord, RawRecord } from './bodies.ts';
export type { ImageExtent, ImageHeader, ImageVma } from './structs.ts';
export { readHeader } from './header.ts';
export { decodeRecord, parseImage, scanRecords, type Image } from './reader.ts';
export { appendRecords, encodeImage, encodeRecord, markOffset, patchMark, type NewRecord } from './writer.ts';
export { headerDigest, isSealed, NO_DIGEST, recordsDigest, sealHeader, verifyPages, verifyRecords } from './digests.ts';
export { checkHeader, mismatches, thisMachine, type Cpu, type Machine } from './machine.ts';
export { mappedFiles, type MappedFile } from './mapped-files.ts';
export { flattenImage, type FlatImage } from './flatten.ts';
export { classify, classifyWith, type Classification } from './classify.ts';
export { sealRecords, type MarkedResource, type SealedRecords } from './seal.ts';
