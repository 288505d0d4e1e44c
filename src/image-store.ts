import { createHash } from 'node:crypto';
import { createReadStream, chmodSync, mkdirSync, openSync, readFileSync, closeSync, rmSync, statSync, writeSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { FileStamp, InstanceRow, ResourceRow } from '../db/index.ts';
import { classify, markOffset, parseImage, sealHeader, type Image } from './image/index.ts';
import type { RuleContext, RuleSet } from './rules/index.ts';
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

/** The pages files that an instance's memory may be mapped from: its template's or snapshot's image and all that one refers to. */
export function parentsOf(store: Store, row: InstanceRow): { id: string; pages: string }[] {
  const base = row.image ?? (row.template === null ? null : store.db.templates.get(row.template)?.image ?? null);
  if (base === null) return [];
  return [base, ...(store.db.images.get(base)?.parents ?? [])].map((id) => ({ id, pages: pagesFile(join(store.paths.images, id)) }));
}

export interface Sealing { readonly image: string; readonly directory: string; readonly rules: RuleSet; readonly context: RuleContext }

/**
 * Marks every recorded resource (FIG. 8), fills in the digests, makes the files read-only, and records what they are now:
 * an image that changes later would change under every clone that maps it, so a change is noticed at the next clone.
 */
export async function sealImage(store: Store, { image, directory, rules, context }: Sealing): Promise<void> {
  const records = readFileSync(recordsFile(directory));
  const parsed = parseImage(records);
  const resources = mark(records, parsed, rules, context);
  sealHeader(records, await digestOf(pagesFile(directory)));
  rewrite(recordsFile(directory), records);
  const stamps = [recordsFile(directory), pagesFile(directory)].map(makeReadOnly) as [FileStamp, FileStamp];
  store.db.transaction(() => {
    store.db.images.insert({
      id: image, path: directory, bytes: records.length + Number(stamps[1].size), digest: createHash('sha256').update(records.subarray(0, parsed.header.headerSize)).digest('hex'),
      records: stamps[0], pages: stamps[1], created: new Date().toISOString(), parents: parsed.parents,
    });
    store.db.resources.set(image, resources);
  });
}

/** FIG. 8, steps 360-388, for each record; the marks are written into `records` and returned as rows. */
function mark(records: Buffer, parsed: Image, rules: RuleSet, context: RuleContext): ResourceRow[] {
  return parsed.records.map((record) => {
    const decided = classify(record, rules, context);
    records.writeUInt16LE(decided.code, record.offset + markOffset);
    return { type: record.kind, id: record.id, name: record.name, mark: decided.mark, rule: decided.rule };
  });
}

/** SHA-256 of a file, holes as zeros. */
export async function digestOf(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) hash.update(chunk as Buffer);
  return hash.digest();
}

function rewrite(file: string, content: Buffer): void {
  const fd = openSync(file, 'r+');
  try { writeSync(fd, content, 0, content.length, 0); } finally { closeSync(fd); }
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
