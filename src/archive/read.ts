/** Reads archives into directories that no record knows yet: runs in a worker, so that the daemon answers others meanwhile. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { AppshotError } from '../errors.ts';
import { checkHeader, headerDigest, parseImage, thisMachine, verifyPages, verifyRecords } from '../image/index.ts';
import type { ResourceRow } from '../../db/index.ts';
import { diskUsage } from '../layers.ts';
import { openTar } from './compression.ts';
import { dataSize, SparseWriter } from './extents.ts';
import { layerDigest } from './layer-tar.ts';
import {
  damaged,
  DIGESTS_NAME,
  layerMember,
  libraryMember,
  MANIFEST_NAME,
  MAX_MANIFEST,
  pagesMember,
  parseDigests,
  parseManifest,
  recordsMember,
  type Manifest,
  type ManifestImage,
  type PrivateLayer,
} from './manifest.ts';
import { checkDigests } from './host-digests.ts';
import { storedResources } from './stored-resources.ts';
import { applyMarks, unpackLayer } from './unpack-layer.ts';
import { removeTree } from '../remove-tree.ts';

/** Where each part goes; a directory that is there already is kept, and compared with. */
export interface ImportTargets {
  readonly layers: Readonly<Record<string, { readonly directory: string; readonly known: string | null }>>;
  readonly images: Readonly<Record<string, { readonly directory: string; readonly knownDigest: string | null }>>;
  /** Directory for versions of the preload library. */
  readonly libraries: string;
}

export interface ReadImage {
  readonly id: string;
  /** False: the store has it already. */
  readonly fresh: boolean;
  readonly bytes: number;
  readonly digest: string;
  readonly parents: readonly string[];
  readonly resources: readonly ResourceRow[];
}

export interface ReadArchive {
  readonly manifest: Manifest;
  readonly images: readonly ReadImage[];
  /** Bytes on disk of each layer by its id; one that the store has already, the same to the byte, is not among them. */
  readonly layers: Readonly<Record<string, number>>;
}

/** Throws AppshotError; what was made so far is then for the caller to remove. */
export async function readArchive(file: string, what: string, place: (manifest: Manifest) => Promise<ImportTargets>): Promise<ReadArchive> {
  const archive = new Members(await openTar(file, what), what);
  const manifest = parseManifest(await archive.whole(MANIFEST_NAME, MAX_MANIFEST), what);
  checkDigests(manifest.needs?.hostFiles ?? [], what);
  const targets = await place(manifest);
  const images: ReadImage[] = [];
  for (const image of manifest.images) images.push(await readImage(archive, image, targets, image === manifest.images.at(-1)));
  for (const library of manifest.libraries) await readLibrary(archive, library, targets);
  const layers: Record<string, number> = {};
  for (const layer of manifest.layers) {
    if (layer.kind === 'host') continue;
    const size = await readLayer(archive, layer, targets);
    if (size !== null) layers[layer.id] = size;
  }
  await archive.end();
  return { manifest, images, layers };
}

async function readImage(archive: Members, image: ManifestImage, targets: ImportTargets, runs: boolean): Promise<ReadImage> {
  const { what } = archive;
  const target = targets.images[image.id];
  if (target === undefined) throw damaged(what, `image ${image.id} has no place`);
  const fresh = target.knownDigest === null;
  const records = await archive.whole(recordsMember(image.id), image.records);
  const { header } = verifyRecords(records);
  const parsed = parseImage(records);
  if (runs) checkHeader(header, thisMachine(release()));
  if (parsed.parents.join() !== image.parents.join()) throw damaged(what, `image ${image.id} stands on others than the manifest says`);
  const digest = headerDigest(records).toString('hex');
  if (!fresh && digest !== target.knownDigest) throw damaged(what, `image ${image.id} is another than the store's own of that id`);
  if (fresh) {
    mkdirSync(target.directory, { mode: 0o700 });
    writeFileSync(join(target.directory, 'records'), records, { mode: 0o400 });
  }
  const pages = new SparseWriter(image.pages, fresh ? join(target.directory, 'pages') : null);
  try {
    for await (const chunk of archive.next(pagesMember(image.id), dataSize(image.pages))) pages.write(chunk);
    verifyPages(header, image.pages.size, pages.finish());
  } finally {
    pages.close();
  }
  return {
    id: image.id,
    fresh,
    bytes: records.length + image.pages.size,
    digest,
    parents: parsed.parents,
    resources: storedResources(parsed),
  };
}

/** A version's name is the start of its digest. */
async function readLibrary(archive: Members, { name, size }: Manifest['libraries'][number], { libraries }: ImportTargets): Promise<void> {
  const bytes = await archive.whole(libraryMember(name), size);
  if (name !== `libappshot-${archive.digestOf(libraryMember(name)).slice(0, 16)}.so`)
    throw damaged(archive.what, `${name} is another library than its name says`);
  writeFileSync(join(libraries, name), bytes, { mode: 0o755 });
}

/** Bytes on disk, or null when the store has the same layer already. */
async function readLayer(archive: Members, layer: PrivateLayer, targets: ImportTargets): Promise<number | null> {
  const target = targets.layers[layer.id];
  if (target === undefined) throw damaged(archive.what, `layer ${layer.id} has no place`);
  mkdirSync(target.directory, { mode: 0o755 });
  await unpackLayer(archive.next(layerMember(layer.id), layer.size), target.directory, archive.what);
  if (target.known !== null && layerDigest(target.known, { plain: false }) === archive.digestOf(layerMember(layer.id))) {
    removeTree(target.directory);
    return null;
  }
  applyMarks(target.directory, layer);
  return diskUsage(target.directory);
}

type Entry = AsyncIterable<unknown> & { readonly header: Header };

/** The members of an archive in the order that they must have, each digested as it is read. */
class Members {
  readonly what: string;
  readonly #source: Readable;
  readonly #entries: AsyncIterator<Entry, undefined>;
  readonly #digests = new Map<string, string>();

  constructor(source: Readable, what: string) {
    this.what = what;
    this.#source = source;
    const tar = extract();
    source.on('error', (error) => {
      tar.destroy(error);
    });
    source.pipe(tar);
    this.#entries = tar[Symbol.asyncIterator]() as AsyncIterator<Entry, undefined>;
  }

  /** The data of the next member, which must be this one. */
  async *next(name: string, size: number): AsyncGenerator<Buffer> {
    const entry = await this.#entry();
    if (entry?.header.name !== name || entry.header.type !== 'file') throw missing(this.what, entry, name);
    if (entry.header.size !== size) throw damaged(this.what, `${name} has ${entry.header.size} bytes, not ${size}`);
    yield* this.#data(name, entry);
  }

  /** A member that is held in memory whole. */
  async whole(name: string, size: number): Promise<Buffer> {
    const entry = await this.#entry();
    if (entry?.header.name !== name || entry.header.type !== 'file') throw missing(this.what, entry, name);
    if (entry.header.size > size) throw damaged(this.what, `${name} is larger than it can be`);
    const chunks: Buffer[] = [];
    for await (const chunk of this.#data(name, entry)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  digestOf(name: string): string {
    return this.#digests.get(name) ?? '';
  }

  /** Reads the last member and compares every digest with it. Throws AppshotError 'corrupt'. */
  async end(): Promise<void> {
    const read = new Map(this.#digests);
    const stated = parseDigests(await this.whole(DIGESTS_NAME, MAX_MANIFEST), this.what);
    for (const [name, digest] of read)
      if (stated.get(name) !== digest) throw damaged(this.what, `${name} is not what was exported (digest)`);
    this.#source.destroy();
  }

  async #entry(): Promise<Entry | null> {
    try {
      const next = await this.#entries.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      throw this.#inWords(error);
    }
  }

  async *#data(name: string, entry: Entry): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let left = entry.header.size;
    try {
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        hash.update(chunk);
        left -= chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw this.#inWords(error);
    }
    if (left !== 0) throw damaged(this.what, 'it was cut short');
    this.#digests.set(name, hash.digest('hex'));
  }

  /** What a decompressor or the tar reader says of bytes that are not what was written. */
  #inWords(error: unknown): unknown {
    if (error instanceof AppshotError) return error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR' || message.includes('Unexpected end')) return damaged(this.what, 'it was cut short');
    if (code.startsWith('Z_') || code.startsWith('ZSTD') || message.startsWith('Invalid tar') || message === 'Stream was destroyed')
      return damaged(this.what, 'it is damaged');
    return error;
  }
}

/** Nothing at all where a member belongs: the end came too early, which not every decompressor tells. */
const missing = (what: string, found: unknown, name: string): AppshotError =>
  damaged(what, found === undefined || found === null ? `it was cut short before ${name}` : `${name} is missing`);
