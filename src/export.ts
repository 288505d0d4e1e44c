import { join } from 'node:path';
import type { ImageRow, LayerRow, TemplateRow } from '../db/index.ts';
import { inWorker } from './archive/in-worker.ts';
import type { Manifest } from './archive/manifest.ts';
import type { ExportPlan } from './archive/write.ts';
import { AppshotError } from './errors.ts';
import { checkHostFiles } from './host-files.ts';
import type { Store } from './store.ts';
import { findTemplate, wholeTemplate } from './templates.ts';
import { withTemplateView } from './template-view.ts';

/** Writes a template into one self-contained archive, or its layers into an OCI image layout. Throws AppshotError. */
export async function exportTemplate(
  store: Store,
  o: { template: string; file: string; layer?: 'oci' },
): Promise<{ template: string; bytes: number }> {
  await wholeTemplate(store, o.template, 'export');
  // Nobody may remove or rename it meanwhile.
  return store.locks.hold(`template:${o.template}`, async () => {
    const row = findTemplate(store, o.template, 'export');
    const layers = store.db.stacks.ofTemplate(row.name);
    const bytes = o.layer === 'oci' ? await exportLayout(store, row, layers, o.file) : await exportWhole(store, row, layers, o.file);
    return { template: row.name, bytes };
  });
}

async function exportWhole(store: Store, row: TemplateRow, layers: readonly LayerRow[], file: string): Promise<number> {
  await store.digests.now(store, row.image === null ? [] : imageChain(store, row.image).map(({ id }) => id));
  const hostFiles = row.image === null ? [] : store.db.hostFiles.of(row.image);
  checkHostFiles(hostFiles, `export ${row.name}`);
  const plan: ExportPlan = {
    file,
    layers: layers.map(({ id, path, kind }) => ({ id, path, host: kind === 'host' })),
    images: row.image === null ? [] : imageChain(store, row.image).map(({ id, path, parents }) => ({ id, directory: path, parents })),
    template: describe(row),
    hostFiles: hostFiles.map(({ path }) => path),
    library: join(store.paths.data, 'lib'),
  };
  return inWorker({ kind: 'export', plan });
}

/**
 * OCI layers bottom first. Of a template that stands on the host's own files only what is its own: that is no image to run, but
 * layers that other tools can read.
 */
async function exportLayout(store: Store, row: TemplateRow, layers: readonly LayerRow[], file: string): Promise<number> {
  const own = layers.filter(({ kind }) => kind === 'private').toReversed();
  const whole = own.length === layers.length;
  if (own.length === 0)
    throw new AppshotError(
      'refused',
      `export ${row.name}`,
      "it has no layer of its own: all its files are the host's",
      'make it with create --root',
    );
  const plan = { file, layers: own.map(({ path }) => path), template: describe(row) };
  if (!whole) return inWorker({ kind: 'layout', plan: { ...plan, merged: null } });
  return withTemplateView(store, row.name, (merged) => inWorker({ kind: 'layout', plan: { ...plan, merged } }));
}

/** An image and all that its memory refers to, parents first. */
function imageChain(store: Store, id: string): ImageRow[] {
  const chain = new Map<string, ImageRow>();
  const add = (each: string): void => {
    const row = store.db.images.get(each);
    if (row === null || chain.has(each)) return;
    row.parents.forEach(add);
    chain.set(each, row);
  };
  add(id);
  return [...chain.values()];
}

/** What an archive says of a template, beside its files. Where its rules once stood is of no use elsewhere. */
function describe(row: TemplateRow): Manifest['template'] {
  const { name, kind, rulesText, env, command, cwd, main, vproc, generation, notes } = row;
  return { name, kind, rules: rulesText, env: { ...env }, command: [...command], cwd, main, vproc, generation, notes: [...notes] };
}
