import type { InstanceRow, TemplateRow } from '../db/index.ts';
import { measureLayers } from './layers.ts';
import { findTemplate } from './templates.ts';
import { keepRoot } from './instance-root.ts';
import { asRoot, filesOf, findInstance, hasProcesses, rulesOf, summarise } from './instances.ts';
import type { Store } from './store.ts';
import type { InstanceSummary, TemplateSummary } from './types.ts';

/** Instances that run, are mounted or suspended; with `all` also those that have ended. */
export function ps(store: Store, all: boolean): InstanceSummary[] {
  return store.db.instances
    .list()
    .filter((row) => row.state !== 'starting' && (all || !row.state.startsWith('exited')))
    .map((row) => summarise(store, row));
}

export async function templates(store: Store): Promise<TemplateSummary[]> {
  for (const { name } of store.db.templates.list()) await measureLayers(store, name);
  return store.db.templates.list().map((row) => summariseTemplate(store, row));
}

/** `size`: bytes of its own layers and image; `shared`: those that other templates stand on too. */
export function summariseTemplate(store: Store, row: TemplateRow): TemplateSummary {
  const all = store.db.templates.list();
  const layers = store.db.stacks.ofTemplate(row.name);
  const notes = store.layers.notes(row.name, () => layers);
  const parts = [
    ...layers.map((layer) => ({ bytes: layer.size, users: store.db.stacks.templatesOn(layer.id).length })),
    ...(row.image === null
      ? []
      : [{ bytes: store.db.images.get(row.image)?.bytes ?? 0, users: all.filter((other) => other.image === row.image).length }]),
  ];
  const sum = (chosen: typeof parts): number => chosen.reduce((total, part) => total + part.bytes, 0);
  return {
    name: row.name,
    kind: row.kind,
    size: sum(parts),
    shared: sum(parts.filter((part) => part.users > 1)),
    created: row.created,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** All that is known of an instance or a template, its layers looked at now. Throws 'not-found'. */
export async function inspect(store: Store, name: string): Promise<unknown> {
  if (store.db.instances.get(name) !== null) {
    await store.layers.look(store, store.db.stacks.ofInstance(name));
    // Its root is looked into next; where it can't be had, the rest is told all the same.
    await keepRoot(store, name).catch(() => undefined);
    const instance = store.db.instances.get(name);
    if (instance !== null) return inspectInstance(store, instance);
  }
  findTemplate(store, name, 'inspect');
  await store.layers.look(store, store.db.stacks.ofTemplate(name));
  return describeTemplate(store, name);
}

function inspectInstance(store: Store, row: InstanceRow): unknown {
  const files = filesOf(store, row);
  const summary = summarise(store, row);
  const layers = store.db.stacks.ofInstance(row.aid);
  const notes = [...(summary.notes ?? []), ...store.layers.notes(row.aid, () => layers)];
  return {
    ...summary,
    ...(notes.length === 0 ? {} : { notes }),
    init: row.initPid,
    alive: hasProcesses(row),
    main: row.main,
    command: row.command,
    env: row.env,
    cwd: row.cwd,
    rules: rulesOf(row),
    generation: row.generation,
    layers: asRoot(layers).directories,
    changed: store.layers.changes(layers),
    upper: row.upper,
    logs: { stdout: files.stdout, stderr: files.stderr },
    table: files.table,
    image: row.image,
  };
}

/** All that is known of a template, whatever instances are called. Throws 'not-found'. */
export async function describeTemplate(store: Store, name: string): Promise<unknown> {
  await measureLayers(store, name);
  const row = findTemplate(store, name, 'inspect');
  const image = row.image === null ? null : (store.db.images.get(row.image) ?? null);
  const layers = store.db.stacks.ofTemplate(row.name);
  return {
    ...summariseTemplate(store, row),
    command: row.command,
    env: row.env,
    cwd: row.cwd,
    rules: rulesOf(row),
    vproc: row.vproc,
    source: row.sourceAid,
    generation: row.generation,
    layers,
    changed: store.layers.changes(layers),
    image: image === null ? null : { id: image.id, bytes: image.bytes, digest: image.digest, parents: image.parents },
    resources: row.image === null ? [] : store.db.resources.of(row.image),
  };
}

/** Host paths of an instance's logs. Throws 'not-found'. */
export function logs(store: Store, aid: string): { stdout: string; stderr: string } {
  const { stdout, stderr } = filesOf(store, findInstance(store, aid, 'logs'));
  return { stdout, stderr };
}
