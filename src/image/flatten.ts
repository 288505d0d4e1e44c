/** An image that stands on others, made into one that stands alone. Pure: it says which pages go where. */
import type { ImageRecord } from './bodies.ts';
import { markName } from './layout.ts';
import { parseImage } from './reader.ts';
import type { ImageExtent } from './structs.ts';
import { encodeImage, type NewRecord } from './writer.ts';

/** A stretch of a parent's pages file, and where it stands in the new one. */
export interface MovedPages {
  /** Index into the image's RECORD_PAGES: 1 is the first parent. */
  readonly image: number;
  readonly from: bigint;
  readonly length: bigint;
  readonly to: bigint;
}
export interface FlatImage {
  /** The records file, its digests not yet filled in. */
  readonly records: Buffer;
  /** Behind the image's own pages, which stay where they are. */
  readonly moved: readonly MovedPages[];
  readonly pagesSize: bigint;
}

const PAGE = 4096n;

/** Null when the image stands alone already. Throws AppshotError 'corrupt'. */
export function flattenImage(written: Buffer): FlatImage | null {
  const image = parseImage(written);
  if (image.parents.length === 0) return null;
  const moved = place(stretches(image.records.flatMap(extentsOf)), image.header.pagesSize);
  const pagesSize = moved.reduce((end, stretch) => stretch.to + stretch.length, image.header.pagesSize);
  const pageCount = image.header.pageCount + Number((pagesSize - image.header.pagesSize) / PAGE);
  const records = image.records.filter((record) => record.kind !== 'pages' || record.id === 0).map((record) => rewritten(record, moved));
  return { records: encodeImage({ ...image.header, pagesSize, pageCount }, records), moved, pagesSize };
}

function extentsOf(record: ImageRecord): readonly ImageExtent[] {
  if (record.kind === 'extents') return record.body;
  return record.kind === 'shmem' ? record.body.extents : [];
}

/** What is used of each parent, every page once, in order. */
function stretches(extents: readonly ImageExtent[]): Omit<MovedPages, 'to'>[] {
  const used = extents
    .filter((extent) => extent.image !== 0)
    .map(({ image, offset, len }) => ({ image, from: offset, end: offset + len }))
    .sort((a, b) => a.image - b.image || Number(a.from - b.from));
  const merged: { image: number; from: bigint; end: bigint }[] = [];
  for (const next of used) {
    const last = merged.at(-1);
    if (last?.image !== next.image || next.from > last.end) merged.push({ ...next });
    else if (next.end > last.end) last.end = next.end;
  }
  return merged.map(({ image, from, end }) => ({ image, from, length: end - from }));
}

function place(used: readonly Omit<MovedPages, 'to'>[], first: bigint): MovedPages[] {
  let to = first;
  return used.map((stretch) => {
    const at = to;
    to += stretch.length;
    return { ...stretch, to: at };
  });
}

function rewritten(record: ImageRecord, moved: readonly MovedPages[]): NewRecord {
  const move = (extent: ImageExtent): ImageExtent => {
    if (extent.image === 0) return extent;
    const stretch = moved.find(
      ({ image, from, length }) => image === extent.image && extent.offset >= from && extent.offset < from + length,
    );
    return stretch === undefined ? extent : { ...extent, image: 0, offset: stretch.to + (extent.offset - stretch.from) };
  };
  const same = { id: record.id, mark: markName(record.mark) ?? 'none', name: record.nameBytes };
  if (record.kind === 'extents') return { ...same, kind: 'extents', body: record.body.map(move) };
  if (record.kind === 'shmem') return { ...same, kind: 'shmem', body: { ...record.body, extents: record.body.extents.map(move) } };
  return { ...same, kind: record.kind, body: record.body } as NewRecord;
}
