import type { Image } from './reader.ts';
import { VMA_FILE_PRIVATE } from './layout.ts';

/** A file that processes map privately, by its description's id and its path in the view (rules unapplied). */
export interface MappedFile {
  readonly id: number;
  readonly path: string;
}

/** In the order of the image. Those without a name any more are not among them: their contents stand in the image. */
export function mappedFiles({ records }: Pick<Image, 'records'>): MappedFile[] {
  const mapped = new Set(
    records.flatMap((record) =>
      record.kind === 'vmas' ? record.body.filter((vma) => vma.kind === VMA_FILE_PRIVATE).map((vma) => vma.fileId) : [],
    ),
  );
  return records.flatMap((record) =>
    record.kind === 'file' && mapped.has(record.id) && record.body.state.unlinked === 0 ? [{ id: record.id, path: record.name }] : [],
  );
}
