/** A template's layers as an OCI image layout in one tar: for other tools (skopeo, podman, umoci). Runs in the worker. */
import { createHash } from 'node:crypto';
import { AppshotError } from '../errors.ts';
import { layerDigest, layerTar, measureLayer, type LayerOptions } from './layer-tar.ts';
import type { Manifest } from './manifest.ts';
import { member } from './member.ts';
import { TAR_END } from './tar-head.ts';
import { writeFileWhole } from './whole-file.ts';

export interface LayoutPlan {
  readonly file: string;
  /** Bottom first, as OCI has them. */
  readonly layers: readonly string[];
  /** All of them as one directory, for layers that only make sense to an overlay; null where there is none. */
  readonly merged: string | null;
  readonly template: Manifest['template'];
}

interface Blob {
  readonly size: number;
  readonly sha256: string;
  readonly chunks: () => Iterable<Buffer>;
}

const TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Bytes written. Throws AppshotError 'unsupported' for what no OCI layer can hold. */
export async function writeLayout({ file, layers, merged, template }: LayoutPlan): Promise<number> {
  const blobs = layerBlobs(layers, merged, `export ${template.name}`);
  const config = jsonBlob({
    architecture: 'amd64',
    os: 'linux',
    config: {
      Env: Object.entries(template.env).map(([name, value]) => `${name}=${value}`),
      Cmd: template.command,
      WorkingDir: template.cwd,
    },
    rootfs: { type: 'layers', diff_ids: blobs.map(({ sha256 }) => `sha256:${sha256}`) },
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: descriptor(TYPES.config, config),
    layers: blobs.map((blob) => descriptor(TYPES.layer, blob)),
  });
  const reference = { ...descriptor(TYPES.manifest, manifest), annotations: { 'org.opencontainers.image.ref.name': template.name } };
  const index = jsonBlob({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [reference] });
  return writeFileWhole(file, members(index, [config, manifest, ...blobs]), false);
}

function* members(index: Blob, blobs: readonly Blob[]): Generator<Buffer> {
  const unheard = (): void => undefined;
  const version = jsonBlob({ imageLayoutVersion: '1.0.0' });
  yield* member('oci-layout', version.size, version.chunks(), unheard);
  yield* member('index.json', index.size, index.chunks(), unheard);
  const written = new Set<string>();
  for (const { size, sha256, chunks } of blobs) {
    if (written.has(sha256)) continue;
    written.add(sha256);
    yield* member(`blobs/sha256/${sha256}`, size, chunks(), unheard);
  }
  yield TAR_END;
}

/** OCI has no word for a directory that was renamed without its content: then all layers become one. */
function layerBlobs(layers: readonly string[], merged: string | null, what: string): Blob[] {
  const measured = layers.map((path) => ({ path, ...measureLayer(path, PLAIN) }));
  if (measured.every(({ redirected }) => !redirected)) return measured.map(({ path, size }) => layerBlob(path, size, PLAIN));
  if (merged === null)
    throw new AppshotError(
      'unsupported',
      what,
      "a directory of the host's was renamed in it, and an OCI layer can't say so",
      'export it without --layer',
    );
  const options = { ...PLAIN, without: ['.appshot'] };
  return [layerBlob(merged, measureLayer(merged, options).size, options)];
}

const PLAIN: LayerOptions = { plain: true };

const layerBlob = (path: string, size: number, options: LayerOptions): Blob => ({
  size,
  sha256: layerDigest(path, options),
  chunks: () => layerTar(path, options),
});

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), chunks: () => [bytes] };
}

const descriptor = (mediaType: string, { size, sha256 }: Blob): { mediaType: string; digest: string; size: number } => ({
  mediaType,
  digest: `sha256:${sha256}`,
  size,
});
