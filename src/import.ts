import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HostFileRow } from '../db/index.ts';
import { inWorker } from './archive/in-worker.ts';
import type { Manifest } from './archive/manifest.ts';
import type { ImportTargets, ReadArchive, ReadImage } from './archive/read.ts';
import { pagesFile, recordsFile, stampOf } from './image-store.ts';
import { layerDirectory } from './instances.ts';
import { summariseTemplate } from './listing.ts';
import { NO_FILE } from './no-file.ts';
import { parseRules } from './rules/index.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, findTemplate, insertTemplate } from './templates.ts';
import type { TemplateSummary } from './types.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Reads a template from an archive. Everything goes into one directory that no record knows, and every digest is compared, before
 * one transaction makes it visible: an import that fails or is killed leaves nothing but that directory, which the next start sweeps.
 */
export async function importTemplate(store: Store, o: { file: string; template?: string }): Promise<TemplateSummary> {
  const what = `import ${basename(o.file)}`;
  if (o.template !== undefined) checkNewTemplate(store, o.template, 'import');
  const temporary = join(store.paths.layers, randomUUID());
  for (const part of ['layers', 'images', 'lib']) mkdirSync(join(temporary, part), { recursive: true, mode: 0o700 });
  try {
    const archive = await inWorker({ kind: 'import', file: o.file, what }, async (manifest) => {
      checkNewTemplate(store, o.template ?? manifest.template.name, 'import');
      if (manifest.template.rules !== null) parseRules(manifest.template.rules, `rules of ${manifest.template.name}`);
      await store.digests.now(
        store,
        manifest.images.map(({ id }) => id),
      );
      return targets(store, manifest, temporary);
    });
    const name = o.template ?? archive.manifest.template.name;
    return await store.locks.hold(`template:${name}`, async () => settle(store, archive, name, temporary));
  } finally {
    removeTree(temporary);
  }
}

function targets(store: Store, { layers, images }: Manifest, temporary: string): ImportTargets {
  const own = layers.flatMap((layer) => (layer.kind === 'private' ? [layer.id] : []));
  return {
    layers: Object.fromEntries(
      own.map((id) => [id, { directory: join(temporary, 'layers', id), known: store.db.layers.get(id)?.path ?? null }] as const),
    ),
    images: Object.fromEntries(
      images.map(
        ({ id }) => [id, { directory: join(temporary, 'images', id), knownDigest: store.db.images.get(id)?.digest ?? null }] as const,
      ),
    ),
    libraries: join(temporary, 'lib'),
  };
}

/** All that was read takes its place at once; undone when the last step fails. */
function settle(store: Store, archive: ReadArchive, name: string, temporary: string): TemplateSummary {
  const { manifest, images } = archive;
  checkNewTemplate(store, name, 'import');
  const moved: string[] = [];
  const move = (from: string, to: string): void => {
    renameSync(from, to);
    moved.push(to);
  };
  try {
    for (const library of manifest.libraries) {
      const target = join(store.paths.data, 'lib', library.name);
      if (!existsSync(target)) move(join(temporary, 'lib', library.name), target);
    }
    store.db.transaction(() => {
      const layers = manifest.layers.map((layer) => settleLayer(store, archive, layer, temporary, move));
      for (const image of images) if (image.fresh) settleImage(store, image, manifest, temporary, move);
      insertTemplate(store, {
        ...rowOf(manifest),
        name,
        image: images.at(-1)?.id ?? null,
        layers,
      });
    });
  } catch (error) {
    for (const path of moved) removeTree(path);
    throw error;
  }
  return { ...summariseTemplate(store, findTemplate(store, name, 'import')), ...notesOf(manifest) };
}

type Move = (from: string, to: string) => void;

/** The layer's id here: its own, unless the store has another one of that id. */
function settleLayer(store: Store, { layers }: ReadArchive, layer: Manifest['layers'][number], temporary: string, move: Move): string {
  if (layer.kind === 'host') return store.db.layers.host(layer.path, new Date().toISOString()).id;
  const size = layers[layer.id];
  if (size === undefined) return layer.id; // the store has the very same
  const id = store.db.layers.get(layer.id) === null && !existsSync(layerDirectory(store, layer.id)) ? layer.id : randomUUID();
  move(join(temporary, 'layers', layer.id), layerDirectory(store, id));
  store.db.layers.insert({
    id,
    kind: 'private',
    path: layerDirectory(store, id),
    state: 'sealed',
    size,
    created: new Date().toISOString(),
  });
  return id;
}

function settleImage(
  store: Store,
  { id, bytes, digest, parents, resources }: ReadImage,
  manifest: Manifest,
  temporary: string,
  move: Move,
): void {
  if (store.db.images.get(id)?.digest === digest) return; // brought by another import meanwhile
  const directory = join(store.paths.images, id);
  move(join(temporary, 'images', id), directory);
  store.db.images.insert({
    id,
    path: directory,
    bytes,
    digest,
    records: stampOf(recordsFile(directory)),
    pages: stampOf(pagesFile(directory)),
    created: new Date().toISOString(),
    parents,
  });
  store.db.resources.set(id, resources);
  if (id === manifest.images.at(-1)?.id) store.db.hostFiles.set(id, hostFilesHere(manifest));
}

/** The worker has found each the same to the byte: from now on it is this machine's file that must not change. */
function hostFilesHere({ needs }: Manifest): HostFileRow[] {
  return (needs?.hostFiles ?? []).map(({ path }) => {
    const { size, mtimeNs } = statSync(path, { bigint: true });
    return { path, size: Number(size), modified: mtimeNs };
  });
}

function rowOf({ template }: Manifest): Omit<Parameters<typeof insertTemplate>[1], 'name' | 'image' | 'layers'> {
  const { kind, env, command, cwd, main, vproc, generation, notes, rules } = template;
  return {
    kind,
    env,
    command,
    cwd,
    main,
    vproc,
    generation,
    notes,
    base: null,
    sourceAid: null,
    rules: rules === null ? null : { text: rules, file: NO_FILE },
  };
}

function notesOf({ layers }: Manifest): { notes?: readonly string[] } {
  const host = layers.find((layer) => layer.kind === 'host');
  return host === undefined
    ? {}
    : { notes: [`it stands on this machine's own ${host.path}: only what its application changed is in the archive`] };
}
