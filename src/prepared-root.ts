import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { TemplateRow } from '../db/index.ts';
import { idRange } from './id-range.ts';
import { makeTableHead } from '../vproc/table-layout.ts';
import { allocateAid, allocateNextAid, releaseAid } from './aid.ts';
import { primeEnvironment } from './environment.ts';
import { instanceFiles, makeInstanceFiles, removeInstanceFiles, type InstanceFiles } from './instance-files.ts';
import { asRoot, insertInstance, layerDirectory, removeInstance, rulesOf } from './instances.ts';
import { mountRoot, prepareRedirects } from './instance-root.ts';
import { claimPublicPorts } from './ports.ts';
import { customPrefixes, evaluate, type CustomPrefix, type RuleContext, type RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';
import type { CloneOptions, VprocMode } from './types.ts';
import { Undo } from './undo.ts';
import { removeTree } from './remove-tree.ts';

/** What a clone is to be made from. */
export interface CloneOrder {
  readonly template: TemplateRow;
  readonly rules: RuleSet;
  readonly options: CloneOptions;
}

/** Everything of a clone but its processes: name, records, table, private layer, mounted view. */
export interface PreparedRoot {
  readonly context: RuleContext & { readonly template: string };
  readonly vproc: VprocMode;
  readonly files: InstanceFiles;
  readonly prefixes: readonly CustomPrefix[];
  /** Takes all of it back. */
  readonly undo: Undo;
}

/**
 * FIG. 9, steps 422 to 426: what is unique on the network (the AID, a public port) is allocated by asking the store's registry, and bound
 * to what the template has in its place; steps 408 and 410: the template's layers are kept by reference below a private one.
 * Makes a new AID with a root of its own for a template. When it fails, nothing of it is left.
 */
export function prepareRoot(store: Store, order: CloneOrder): Promise<PreparedRoot> {
  return Undo.guard(async (undo) => {
    const { template, rules, options } = order;
    const aid = options.aid === undefined ? allocateNextAid(store.db, template.name) : allocateAid(store.db, options.aid, 'clone');
    undo.add(() => {
      if (options.aid === undefined) store.db.aids.giveBack(aid);
      else releaseAid(store.db, aid);
    });
    const context = { aid, template: template.name, generation: template.generation + 1 };
    const files = await makeFiles(store, order, context, undo);
    await makeRoot(store, order, context, files, undo);
    return { context, vproc: options.vproc ?? template.vproc, files, prefixes: customPrefixes(rules, context), undo };
  });
}

async function makeRoot(
  store: Store,
  { template, rules, options }: CloneOrder,
  context: RuleContext,
  files: InstanceFiles,
  undo: Undo,
): Promise<void> {
  const upper = randomUUID();
  mkdirSync(layerDirectory(store, upper), { mode: 0o755 });
  undo.add(() => {
    removeTree(layerDirectory(store, upper));
  });
  const layers = store.db.stacks.ofTemplate(template.name);
  const row = insertInstance(store, {
    aid: context.aid,
    template: template.name,
    command: template.command,
    env: { ...template.env, ...options.env },
    cwd: template.cwd,
    rules: options.rules ?? rulesOf(template),
    vproc: options.vproc ?? template.vproc,
    upper,
    layers: layers.map((layer) => layer.id),
    remove: false,
    generation: context.generation,
  });
  undo.add(() => {
    removeInstance(store, row);
  });
  const root = asRoot(layers);
  await mountRoot(store, files, layerDirectory(store, upper), root, rules, context);
  undo.add(() => store.view.unmount(context.aid));
  await prepareRedirects(files, root, rules, context);
}

async function makeFiles(store: Store, { template, rules, options }: CloneOrder, context: RuleContext, undo: Undo): Promise<InstanceFiles> {
  const files = instanceFiles(store.paths, context.aid);
  const environment = primeEnvironment({
    aid: context.aid,
    template: template.name,
    generation: context.generation,
    inherited: {},
    rules: evaluate(rules, context).env,
    extra: { ...template.env, ...options.env },
  });
  const mode = options.vproc ?? template.vproc;
  const table = makeTableHead({
    aid: context.aid,
    template: template.name,
    mode,
    generation: context.generation,
    env: environment.own,
    ...idRange(store, context.aid, mode),
  });
  await claimPublicPorts(table, options.ports ?? [], `clone ${template.name}`);
  makeInstanceFiles(files, table);
  undo.add(() => {
    removeInstanceFiles(files);
  });
  return files;
}
