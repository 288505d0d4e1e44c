import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppshotError } from './errors.ts';
import { foldLayers } from './fold-layers.ts';
import { collectGarbage } from './garbage.ts';
import { createImageDirectory, pagesFile, parentFiles, recordsFile, removeImageFiles, resealImage } from './image-store.ts';
import { flattenImage, type FlatImage } from './image/index.ts';
import { findInstance } from './instances.ts';
import type { Store } from './store.ts';
import { findTemplate } from './templates.ts';
import type { FlattenResult } from './types.ts';

const CHUNK = 4 << 20;

/**
 * Folds the chain of increments that a template or a suspended instance stands on into one image of its own, so that the others may
 * be removed; and a template's own layers, as far as nobody else stands on them. Throws 'not-found', 'refused' when there is nothing of the kind. When it
 * fails, everything is as it was, or as right as before with fewer images.
 */
export async function flatten(store: Store, o: { name: string }): Promise<FlattenResult> {
  const what = `flatten ${o.name}`;
  const instance = store.db.instances.get(o.name);
  const template = instance === null ? store.db.templates.get(o.name) : null;
  if (instance === null && template === null)
    throw new AppshotError(
      'not-found',
      what,
      'there is no template and no instance of this name',
      'appshot ls and appshot ps -a list them',
    );
  if (instance !== null && instance.image === null)
    throw new AppshotError('refused', what, 'it has no image', 'only templates and suspended instances can be folded');
  return store.locks.hold(instance === null ? `template:${o.name}` : `aid:${o.name}`, async () => {
    const owner = instance === null ? findTemplate(store, o.name, 'flatten') : findInstance(store, o.name, what);
    if (instance === null) await store.spares.drain(o.name);
    const { folded, bytes } =
      owner.image === null
        ? { folded: 0, bytes: 0 }
        : await foldImages(store, { ...o, what, id: owner.image, isTemplate: instance === null });
    const layers = instance === null ? await foldLayers(store, o.name) : 0;
    if (folded > 0) await collectGarbage(store);
    return { name: o.name, folded, layers, bytes };
  });
}

interface Folding {
  readonly name: string;
  readonly what: string;
  /** Of the image. */
  readonly id: string;
  readonly isTemplate: boolean;
}

async function foldImages(store: Store, { name, what, id, isTemplate }: Folding): Promise<{ folded: number; bytes: number }> {
  await store.images.loadImage(store, id, what); // every part is what it was when it was sealed
  const flat = flattenImage(await readFile(recordsFile(join(store.paths.images, id))));
  const folded = store.db.images.get(id)?.parents.length ?? 0;
  if (flat === null) return { folded: 0, bytes: store.db.images.get(id)?.bytes ?? 0 };
  const { image, bytes, record } = await writeFlat(store, id, flat);
  store.db.transaction(() => {
    record();
    if (isTemplate) {
      keepForRunning(store, name, id);
      store.db.templates.setOwnImage(name, image);
    } else store.db.instances.update(name, { image });
  });
  return { folded, bytes };
}

/** Clones that run have their memory from the old image: it stays as theirs. */
function keepForRunning(store: Store, template: string, image: string): void {
  for (const row of store.db.instances.list())
    if (row.template === template && row.image === null) store.db.instances.update(row.aid, { image });
}

async function writeFlat(store: Store, old: string, flat: FlatImage): Promise<{ image: string; bytes: number; record: () => void }> {
  const image = randomUUID();
  const directory = createImageDirectory(store, image);
  try {
    await copyFile(pagesFile(join(store.paths.images, old)), pagesFile(directory), constants.COPYFILE_FICLONE);
    await appendMoved(pagesFile(directory), flat, parentFiles(store, old));
    await writeFile(recordsFile(directory), flat.records, { mode: 0o600 });
    return { image, ...(await resealImage(store, { image, directory, old })) };
  } catch (error) {
    removeImageFiles(directory);
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw full ? new AppshotError('no-space', 'flatten', 'the disk is full', 'free some room and try again; nothing has changed') : error;
  }
}

async function appendMoved(pages: string, flat: FlatImage, parents: readonly string[]): Promise<void> {
  await chmod(pages, 0o600);
  const target = await open(pages, 'r+');
  try {
    for (const { image, from, length, to } of flat.moved) {
      const source = await open(parents[image - 1] ?? '', 'r');
      try {
        const buffer = Buffer.alloc(Math.min(CHUNK, Number(length)));
        for (let done = 0; done < Number(length);) {
          const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, Number(length) - done), Number(from) + done);
          if (bytesRead === 0) throw new AppshotError('corrupt', 'flatten', `${parents[image - 1] ?? '?'} ends early`, 'commit anew');
          await target.write(buffer, 0, bytesRead, Number(to) + done);
          done += bytesRead;
        }
      } finally {
        await source.close();
      }
    }
    await target.truncate(Number(flat.pagesSize));
    await target.sync();
  } finally {
    await target.close();
  }
}
