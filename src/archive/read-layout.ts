/** Reads an OCI image layout directory: each of its layers becomes a layer here. Runs in the worker. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import * as v from 'valibot';
import { AppshotError } from '../errors.ts';
import { diskUsage } from '../layers.ts';
import { decompressor, type Compression } from './compression.ts';
import { inheritDirectories, linkBelow } from './from-below.ts';
import { TarNames } from './tar-names.ts';
import { applyMarks, unpackLayer } from './unpack-layer.ts';

export interface UnpackedLayer {
  readonly id: string;
  /** Bytes on disk. */
  readonly size: number;
}

const descriptor = v.object({
  mediaType: v.string(),
  digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, 'is no sha256 digest')),
  size: v.number(),
  platform: v.optional(v.object({ architecture: v.string(), os: v.string() })),
});
type Descriptor = v.InferOutput<typeof descriptor>;
const index = v.object({ manifests: v.pipe(v.array(descriptor), v.minLength(1, 'names no image')) });
const manifest = v.object({ layers: v.array(descriptor) });

const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  'application/vnd.oci.image.layer.v1.tar': 'none',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar': 'none',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip': 'gzip',
  'application/vnd.docker.image.rootfs.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'gzip',
};

/** Layers as directories `into`/ID, top first. Throws AppshotError; what was made so far is for the caller to remove. */
export async function unpackLayout(layout: string, into: string, what: string): Promise<UnpackedLayer[]> {
  const made: UnpackedLayer[] = [];
  for (const layer of imageOf(layout, what).layers) {
    const id = randomUUID();
    const directory = join(into, id);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const names = new TarNames();
    const lacksLinks = await unpackLayer(names.passing(verified(layout, layer, what)), directory, what, true);
    const unpacked = { directory, names, below: made.map(({ id: each }) => join(into, each)) };
    if (lacksLinks) linkBelow(unpacked);
    inheritDirectories(unpacked);
    applyMarks(directory, { sockets: [], literals: [] });
    made.unshift({ id, size: diskUsage(directory) });
  }
  return made;
}

/** The image for this machine: through nested indexes, the one for linux/amd64, or the only one. */
function imageOf(layout: string, what: string): v.InferOutput<typeof manifest> {
  let { manifests } = parse(index, readFileSync(join(layout, 'index.json')), what);
  for (let depth = 0; depth < 4; depth++) {
    const chosen = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64') ?? manifests[0];
    if (chosen === undefined) break;
    const bytes = blob(layout, chosen, what);
    if (!/index|manifest\.list/.test(chosen.mediaType)) return parse(manifest, bytes, what);
    ({ manifests } = parse(index, bytes, what));
  }
  throw damaged(what, 'its index names no image');
}

function blob(layout: string, { digest, size }: Descriptor, what: string): Buffer {
  const bytes = readFileSync(blobPath(layout, digest));
  if (bytes.length !== size || `sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
    throw damaged(what, `blob ${digest} is not what its name says`);
  return bytes;
}

const blobPath = (layout: string, digest: string): string => join(layout, 'blobs', digest.replace(':', '/'));

/** A layer's tar, uncompressed; at its end it is known to be the blob that was named. */
async function* verified(layout: string, { digest, mediaType }: Descriptor, what: string): AsyncGenerator<Buffer> {
  const compression = COMPRESSIONS[mediaType];
  if (compression === undefined) throw new AppshotError('unsupported', what, `a layer is of type ${mediaType}`);
  const hash = createHash('sha256');
  const file = createReadStream(blobPath(layout, digest), { highWaterMark: 1 << 20 });
  file.on('data', (chunk) => {
    hash.update(chunk);
  });
  const plain = decompressor(compression, what);
  pipeline(file, plain, () => undefined);
  yield* plain as AsyncIterable<Buffer>;
  if (`sha256:${hash.digest('hex')}` !== digest) throw damaged(what, `layer ${digest} is not what its name says`);
}

function parse<S extends v.GenericSchema>(schema: S, bytes: Buffer, what: string): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw damaged(what, error instanceof Error ? error.message : String(error));
  }
}

const damaged = (what: string, why: string): AppshotError => new AppshotError('corrupt', what, why, 'nothing was left behind');
