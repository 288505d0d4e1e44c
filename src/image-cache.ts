import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { HostFileRow, TemplateRow } from '../db/index.ts';
import { AppshotError } from './errors.ts';
import { checkHostFiles, locateMapped } from './host-files.ts';
import { checkHeader, NO_DIGEST, parseImage, thisMachine, verifyRecords, type Image } from './image/index.ts';
import { digestOf, isAsSealed, pagesFile, recordsFile, stampOf } from './image-store.ts';
import { changedBefore } from './pages-digests.ts';
import type { CustomPrefix } from './rules/index.ts';
import type { Store } from './store.ts';
import type { TouchedPages } from './touched.ts';

/** An image that was checked and may be restored from. */
export interface RestorableImage {
  readonly records: string;
  /** Pages files in the order of the image's RECORD_PAGES ids: its own, then those it refers to. */
  readonly pages: readonly string[];
  /** Paths of the view that a restore opens, rules unapplied. */
  readonly opened: readonly string[];
  /** What a clone of it was seen to need first (lessons.ts). */
  readonly touched: { learned: boolean; pages: TouchedPages | null };
  /** Where the files that its processes map lie in read-only layers, so that a clone opens them without crossing the view. */
  direct(store: Store, aid: string, prefixes: readonly CustomPrefix[]): Promise<readonly (readonly [id: number, path: string])[]>;
}

/**
 * Images that were looked at once: a clone finds its image checked. What was sealed is trusted while its change time, size and inode
 * are what they were; otherwise every byte is read and compared with its digest, before anything is created.
 */
export class ImageCache {
  readonly #known = new Map<string, CheckedImage>();

  /** The image of a running template. Throws 'corrupt', or 'refused' when this machine can't run it. */
  load(store: Store, template: TemplateRow): Promise<RestorableImage> {
    return this.loadImage(store, template.image ?? '', `clone ${template.name}`);
  }

  async loadImage(store: Store, id: string, what: string): Promise<RestorableImage> {
    const row = store.db.images.get(id);
    if (row === null) throw new AppshotError('corrupt', what, `image ${id} is not in the store`);
    for (const part of [id, ...row.parents]) await this.#verify(store, part, what);
    const known = this.#known.get(id) ?? this.#read(store, id, row.parents, what);
    this.#known.set(id, known);
    checkHostFiles(known.hostFiles, what);
    return known;
  }

  /** It is gone, or what it needs of layers has another place now. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  async #verify(store: Store, id: string, what: string): Promise<void> {
    const row = store.db.images.get(id);
    if (row === null) throw new AppshotError('corrupt', what, `image ${id}, which it stands on, is not in the store`);
    const directory = join(store.paths.images, id);
    if (isAsSealed(recordsFile(directory), row.records) && isAsSealed(pagesFile(directory), row.pages)) return;
    this.#known.delete(id);
    await verifyWhole(directory, what);
  }

  #read(store: Store, id: string, parents: readonly string[], what: string): CheckedImage {
    const directory = join(store.paths.images, id);
    const image = inContext(what, () => {
      const parsed = parseImage(readFileSync(recordsFile(directory)));
      checkHeader(parsed.header, thisMachine(release()));
      return parsed;
    });
    return new CheckedImage(
      recordsFile(directory),
      [id, ...parents].map((part) => pagesFile(join(store.paths.images, part))),
      store.db.hostFiles.of(id),
      // Only what maps files is asked of it again; the rest of a large image need not be kept.
      { records: image.records.filter((record) => record.kind === 'vmas' || record.kind === 'file') },
    );
  }
}

/** Exported for the test that counts them. */
export class CheckedImage implements RestorableImage {
  readonly records: string;
  readonly pages: readonly string[];
  readonly hostFiles: readonly HostFileRow[];
  readonly opened: readonly string[];
  readonly touched = { learned: false, pages: null };
  readonly #image: Pick<Image, 'records'>;
  #direct: Promise<readonly (readonly [id: number, path: string])[]> | null = null;

  constructor(records: string, pages: readonly string[], hostFiles: readonly HostFileRow[], image: Pick<Image, 'records'>) {
    this.records = records;
    this.pages = pages;
    this.hostFiles = hostFiles;
    this.#image = image;
    this.opened = image.records.flatMap((record) => (record.kind === 'file' && record.body.state.unlinked === 0 ? [record.name] : []));
  }

  direct(store: Store, aid: string, prefixes: readonly CustomPrefix[]): Promise<readonly (readonly [id: number, path: string])[]> {
    this.#direct ??= this.#locate(store, aid, prefixes).catch((error: unknown) => {
      this.#direct = null;
      throw error;
    });
    return this.#direct;
  }

  async #locate(store: Store, aid: string, prefixes: readonly CustomPrefix[]): Promise<(readonly [id: number, path: string])[]> {
    const files = await locateMapped(store, this.#image, aid, prefixes);
    return files.flatMap(({ id, place }) => (place === null ? [] : [[id, place] as const]));
  }
}

/** Reads every byte. Throws 'corrupt' and says which file is not what was sealed. */
async function verifyWhole(directory: string, what: string): Promise<void> {
  const fail = (why: string): AppshotError => new AppshotError('corrupt', what, why, 'commit or import it anew; nothing was created');
  let records: Buffer;
  try {
    records = readFileSync(recordsFile(directory));
  } catch {
    throw fail(`${recordsFile(directory)} can't be read`);
  }
  const { pagesDigest, pagesSize } = inContext(what, () => verifyRecords(records));
  const now = stampSize(pagesFile(directory));
  if (now !== pagesSize) throw fail(`${pagesFile(directory)} has ${now ?? 'no'} bytes where ${pagesSize} were sealed`);
  if (pagesDigest.equals(NO_DIGEST)) throw changedBefore(what, pagesFile(directory));
  if (!(await digestOf(pagesFile(directory))).equals(pagesDigest)) throw fail(`${pagesFile(directory)} is not what was sealed (digest)`);
}

function stampSize(file: string): number | null {
  try {
    return stampOf(file).size;
  } catch {
    return null;
  }
}

function inContext<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppshotError)
      throw new AppshotError(error.code, what, `${error.what}: ${error.why}`, error.next, { cause: error });
    throw error;
  }
}
