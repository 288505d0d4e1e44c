import { createHash } from 'node:crypto';
import { createReadStream, chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { FileStamp, InstanceRow } from '../db/index.ts';
import type { DumpResult } from '../native/dumper.ts';
import { NO_DIGEST, readHeader, sealHeader, sealRecords } from './image/index.ts';
import { hostFilesAmong, locateMapped } from './host-files.ts';
import { customPrefixes, type RuleContext, type RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';

export const recordsFile = (directory: string): string => join(directory, 'records');
export const pagesFile = (directory: string): string => join(directory, 'pages');

export function createImageDirectory(store: Store, image: string): string {
  const directory = join(store.paths.images, image);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

/** Removes an image's files, sealed or not. */
export function removeImageFiles(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** The pages files that an instance's memory may be mapped from: its template's image, its snapshot's, and all that those refer to. */
export function parentsOf(store: Store, row: InstanceRow): { id: string; pages: string }[] {
  const template = row.template === null ? null : (store.db.templates.get(row.template)?.image ?? null);
  const bases = [row.image, template].filter((id) => id !== null);
  const chain = new Set(bases.flatMap((id) => [id, ...(store.db.images.get(id)?.parents ?? [])]));
  return [...chain].map((id) => ({ id, pages: pagesFile(join(store.paths.images, id)) }));
}

/** The pages files of an image's parents, in the order of its RECORD_PAGES ids 1, 2, ... */
export const parentFiles = (store: Store, id: string): string[] =>
  (store.db.images.get(id)?.parents ?? []).map((parent) => pagesFile(join(store.paths.images, parent)));

/** What an image tells of itself, where its dumper has had no time to. */
export function figuresOf(directory: string): DumpResult {
  const records = readFileSync(recordsFile(directory));
  const { processCount, threadCount, recordCount, pageCount } = readHeader(records);
  const bytes = records.length + pageCount * 4096;
  return { processes: processCount, threads: threadCount, resources: recordCount, bytes, dumpedBytes: bytes, frozenMs: 0 };
}

export interface Sealing {
  readonly image: string;
  readonly directory: string;
  readonly rules: RuleSet;
  readonly context: RuleContext;
}

/**
 * Marks every recorded resource (FIG. 8), fills in the digests but that of the memory (pages-digests.ts), makes the files read-only, and takes down what they are now:
 * an image that changes later would change under every clone that maps it, so a change is noticed at the next clone.
 * Returns what records the image; call it in the transaction that records what stands on it.
 */
export async function sealImage(store: Store, { image, directory, rules, context }: Sealing): Promise<() => void> {
  const written = readFileSync(recordsFile(directory));
  const sealed = sealRecords(written, rules, context);
  writeFileSync(recordsFile(directory), sealed.bytes);
  const stored = recorder(store, image, directory, sealed.bytes, sealed.image.parents);
  const hostFiles = hostFilesAmong(store, await locateMapped(store, sealed.image, context.aid, customPrefixes(rules, context)));
  return () => {
    stored.record();
    store.db.resources.set(image, sealed.resources);
    store.db.hostFiles.set(image, hostFiles);
  };
}

/** Seals an image that says the same as `old`, on pages of its own. `bytes`: of both files. */
export async function resealImage(
  store: Store,
  { image, directory, old }: { image: string; directory: string; old: string },
): Promise<{ bytes: number; record: () => void }> {
  const records = readFileSync(recordsFile(directory));
  sealHeader(records, NO_DIGEST);
  writeFileSync(recordsFile(directory), records);
  const stored = recorder(store, image, directory, records, []);
  return {
    bytes: stored.bytes,
    record: () => {
      stored.record();
      store.db.resources.set(image, store.db.resources.of(old));
      store.db.hostFiles.set(image, store.db.hostFiles.of(old));
    },
  };
}

/** Makes the files read-only and takes down what they are now. */
function recorder(
  store: Store,
  image: string,
  directory: string,
  sealed: Buffer,
  parents: readonly string[],
): { bytes: number; record: () => void } {
  const records = makeReadOnly(recordsFile(directory));
  const pages = makeReadOnly(pagesFile(directory));
  const bytes = sealed.length + pages.size;
  return {
    bytes,
    record: () => {
      store.db.images.insert({
        id: image,
        path: directory,
        bytes,
        digest: null,
        records,
        pages,
        created: new Date().toISOString(),
        parents,
      });
      store.digests.later(store, image);
    },
  };
}

/** SHA-256 of a file, holes as zeros. */
export async function digestOf(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) hash.update(chunk as Buffer);
  return hash.digest();
}

function makeReadOnly(file: string): FileStamp {
  chmodSync(file, 0o400);
  return stampOf(file);
}

/** What tells whether a file was changed in any way since: the kernel keeps the change time, and nobody can set it. */
export function stampOf(file: string): FileStamp {
  const stat: BigIntStats = statSync(file, { bigint: true });
  return { size: Number(stat.size), ctime: stat.ctimeNs, inode: stat.ino };
}

/** Whether a file is what it was when it was sealed, as far as that can be told without reading it. */
export function isAsSealed(file: string, sealed: FileStamp): boolean {
  try {
    const now = stampOf(file);
    return now.ctime === sealed.ctime && now.size === sealed.size && now.inode === sealed.inode;
  } catch {
    return false;
  }
}
