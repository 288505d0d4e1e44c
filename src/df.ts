import { statSync } from 'node:fs';
import type { ImageRow } from '../db/index.ts';
import { pagesFile, recordsFile } from './image-store.ts';
import { layerSize } from './layers.ts';
import type { Store } from './store.ts';
import type { DiskRow, DiskUse } from './types.ts';

/** What each template takes on the disk, and in the last row all together, where what is shared counts once. */
export async function df(store: Store): Promise<DiskRow[]> {
  const holdings = store.db.templates.list().map(({ name, image }) => ({
    name,
    notes: store.layers.notes(name, () => store.db.stacks.ofTemplate(name)),
    layers: store.db.stacks.ofTemplate(name).filter(({ kind }) => kind === 'private'),
    images: image === null ? [] : chainOf(store, image),
  }));
  const layers = new Map<string, number>();
  const images = new Map<string, number>();
  const users = new Map<string, number>();
  for (const held of holdings) {
    for (const layer of held.layers) if (!layers.has(layer.id)) layers.set(layer.id, await layerSize(store, layer));
    for (const image of held.images) images.set(image.id, imageSize(image));
    for (const { id } of [...held.layers, ...held.images]) users.set(id, (users.get(id) ?? 0) + 1);
  }
  const use = (held: readonly { readonly id: string }[], sizes: ReadonlyMap<string, number>): DiskUse => {
    const sum = (shared: boolean): number =>
      held.reduce((total, { id }) => total + ((users.get(id) ?? 0) > 1 === shared ? (sizes.get(id) ?? 0) : 0), 0);
    return { own: sum(false), shared: sum(true) };
  };
  const rows = holdings.map((held) => ({
    ...rowOf(held.name, use(held.layers, layers), use(held.images, images)),
    ...(held.notes.length === 0 ? {} : { notes: held.notes }),
  }));
  return [...rows, rowOf(null, use(ids(layers), layers), use(ids(images), images))];
}

const ids = (sizes: ReadonlyMap<string, number>): { id: string }[] => [...sizes.keys()].map((id) => ({ id }));

const rowOf = (template: string | null, layers: DiskUse, images: DiskUse): DiskRow => ({
  template,
  layers,
  images,
  total: layers.own + layers.shared + images.own + images.shared,
});

/** An image and those that its memory refers to. */
function chainOf(store: Store, id: string): ImageRow[] {
  const chain = new Map<string, ImageRow>();
  const add = (each: string): void => {
    const row = store.db.images.get(each);
    if (row === null || chain.has(each)) return;
    chain.set(each, row);
    row.parents.forEach(add);
  };
  add(id);
  return [...chain.values()];
}

/** Memory that was zero is a hole: its pages take no room. */
function imageSize({ path }: ImageRow): number {
  return [recordsFile(path), pagesFile(path)].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512,
    0,
  );
}
