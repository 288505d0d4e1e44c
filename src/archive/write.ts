/** Writes archives: runs in a worker, so that the daemon answers others meanwhile. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mappedFiles, parseImage, type Image } from '../image/index.ts';
import { dataSize, fileChunks, measureSparse, sparseData } from './extents.ts';
import { layerTar, measureLayer } from './layer-tar.ts';
import {
  DIGESTS_NAME,
  FORMAT,
  layerMember,
  libraryMember,
  MANIFEST_NAME,
  pagesMember,
  recordsMember,
  VERSION,
  type HostFile,
  type Manifest,
} from './manifest.ts';
import { MARKS } from './marks.ts';
import { member } from './member.ts';
import { TAR_END } from './tar-head.ts';
import { writeFileWhole } from './whole-file.ts';

/** What the daemon knows of a template; what lies in files is found out by the worker. */
export interface ExportPlan {
  readonly file: string;
  /** Top first; `host`: a live directory of the machine, which is not brought along. */
  readonly layers: readonly { readonly id: string; readonly path: string; readonly host: boolean }[];
  /** Parents first, the template's own last. */
  readonly images: readonly { readonly id: string; readonly directory: string; readonly parents: readonly string[] }[];
  readonly template: Manifest['template'];
  /** Paths of the machine that the image's processes have mapped. */
  readonly hostFiles: readonly string[];
  /** Where the store keeps the versions of the preload library. */
  readonly library: string;
}

const LIBRARY = /^\/\.appshot\/(libappshot-[0-9a-f]+\.so)$/;

/** Bytes written. Throws AppshotError, and what reading and writing throw. */
export async function writeArchive(plan: ExportPlan): Promise<number> {
  const manifest = manifestOf(plan);
  return writeFileWhole(plan.file, members(plan, manifest), true);
}

function manifestOf(plan: ExportPlan): Manifest {
  const own = plan.images.at(-1);
  const image = own === undefined ? null : parseImage(readFileSync(join(own.directory, 'records')));
  return {
    format: FORMAT,
    version: VERSION,
    created: new Date().toISOString(),
    marks: MARKS,
    template: plan.template,
    layers: plan.layers.map(({ id, path, host }) => {
      if (host) return { kind: 'host', path };
      const { size, beside } = measureLayer(path, { plain: false });
      return { kind: 'private', id, size, sockets: [...beside.sockets], literals: [...beside.literals] };
    }),
    images: plan.images.map(({ id, directory, parents }) => ({
      id,
      parents: [...parents],
      records: statSync(join(directory, 'records')).size,
      pages: measureSparse(join(directory, 'pages')),
    })),
    libraries: image === null ? [] : librariesOf(image).map((name) => ({ name, size: statSync(join(plan.library, name)).size })),
    needs: image === null ? null : needsOf(image, plan.hostFiles),
  };
}

function needsOf({ header }: Image, hostFiles: readonly string[]): NonNullable<Manifest['needs']> {
  return {
    kernel: header.kernelRelease,
    cpuVendor: header.cpuVendor,
    cpuFeatures: header.cpuFeatures.map((word) => word.toString(16)),
    hostFiles: hostFiles.map(hostFile),
  };
}

/** The versions of the preload library that its processes have mapped. */
function librariesOf(image: Image): string[] {
  return [...new Set(mappedFiles(image).flatMap(({ path }) => LIBRARY.exec(path)?.[1] ?? []))];
}

function hostFile(path: string): HostFile {
  const hash = createHash('sha256');
  let size = 0;
  for (const chunk of fileChunks(path)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { path, size, sha256: hash.digest('hex') };
}

function* members(plan: ExportPlan, manifest: Manifest): Generator<Buffer> {
  const digests: Record<string, string> = {};
  const add = (name: string, size: number, chunks: Iterable<Buffer>): Generator<Buffer> =>
    member(name, size, chunks, (sha256) => {
      digests[name] = sha256;
    });
  const head = Buffer.from(JSON.stringify(manifest));
  yield* add(MANIFEST_NAME, head.length, [head]);
  for (const [index, { id, directory }] of plan.images.entries()) {
    const image = manifest.images[index];
    if (image === undefined) continue;
    yield* add(recordsMember(id), image.records, fileChunks(join(directory, 'records')));
    yield* add(pagesMember(id), dataSize(image.pages), sparseData(join(directory, 'pages'), image.pages));
  }
  for (const { name, size } of manifest.libraries) yield* add(libraryMember(name), size, fileChunks(join(plan.library, name)));
  for (const [index, { path }] of plan.layers.entries()) {
    const layer = manifest.layers[index];
    if (layer?.kind === 'private') yield* add(layerMember(layer.id), layer.size, layerTar(path, { plain: false }));
  }
  const tail = Buffer.from(JSON.stringify(digests));
  yield* member(DIGESTS_NAME, tail.length, [tail], () => undefined);
  yield TAR_END;
}
