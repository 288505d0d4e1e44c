import { createHash } from 'node:crypto';
import { createReadStream, chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { FileStamp, InstanceRow } from '../db/index.ts';
import { headerDigest, sealRecords } from './image/index.ts';
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

export interface Sealing {
  readonly image: string;
  readonly directory: string;
  readonly rules: RuleSet;
  readonly context: RuleContext;
}

/**
 * Marks every recorded resource (FIG. 8), fills in the digests, makes the files read-only, and takes down what they are now:
 * an image that changes later would change under every clone that maps it, so a change is noticed at the next clone.
 * Returns what records the image; call it in the transaction that records what stands on it.
 */
export async function sealImage(store: Store, { image, directory, rules, context }: Sealing): Promise<() => void> {
  const written = readFileSync(recordsFile(directory));
  const sealed = sealRecords(written, await digestOf(pagesFile(directory)), rules, context);
  writeFileSync(recordsFile(directory), sealed.bytes);
  const records = makeReadOnly(recordsFile(directory));
  const pages = makeReadOnly(pagesFile(directory));
  const hostFiles = hostFilesAmong(store, await locateMapped(store, sealed.image, context.aid, customPrefixes(rules, context)));
  return () => {
    store.db.images.insert({
      id: image,
      path: directory,
      bytes: sealed.bytes.length + pages.size,
      digest: headerDigest(sealed.bytes).toString('hex'),
      records,
      pages,
      created: new Date().toISOString(),
      parents: sealed.image.parents,
    });
    store.db.resources.set(image, sealed.resources);
    store.db.hostFiles.set(image, hostFiles);
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
