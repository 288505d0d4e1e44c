import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import type { TemplateRow } from '../db/index.ts';
import { ControlError } from '../native/control.ts';
import { makeTableHead } from '../vproc/table-layout.ts';
import { allocateAid, allocateNextAid, releaseAid } from './aid.ts';
import { primeEnvironment } from './environment.ts';
import { AppshotError } from './errors.ts';
import type { RestorableImage } from './image-cache.ts';
import { instanceFiles, makeInstanceFiles, removeInstanceFiles, type InstanceFiles } from './instance-files.ts';
import { asRoot, insertInstance, layerDirectory, markRunning, removeInstance, rulesOf } from './instances.ts';
import { mountRoot, prepareRedirects } from './instance-root.ts';
import { endProcesses } from './lifecycle.ts';
import { claimPublicPorts } from './ports.ts';
import { customPrefixes, evaluate, type RuleContext, type RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';
import { findTemplate } from './templates.ts';
import type { CloneOptions, InstanceStarted } from './types.ts';
import { Undo } from './undo.ts';

/** How long a restore may take before it is given up and undone, ms. */
const RESTORE_LIMIT_MS = 20_000;

/** The resource duplicator at work (FIG. 9): new live instances of a template, each with its own AID. All or none. */
export async function clone(store: Store, options: CloneOptions, arrived: number): Promise<InstanceStarted[]> {
  const template = findTemplate(store, options.template, 'clone');
  const count = options.count ?? 1;
  if (!Number.isInteger(count) || count < 1)
    throw new AppshotError('misuse', `clone ${template.name}`, `"${count}" is no number of instances`);
  if (options.aid !== undefined && count > 1)
    throw new AppshotError(
      'misuse',
      `clone ${template.name}`,
      '--aid names one instance, and -n asks for several',
      'leave one of them out',
    );
  const rules = options.rules === undefined ? store.rules.latest(rulesOf(template)) : store.rules.use(options.rules);
  const image = template.image === null ? null : await store.images.load(store, template);
  return Undo.guard(async (undo) => {
    const results = await Promise.allSettled(
      Array.from({ length: count }, () => cloneOne(store, { template, rules, image, options, arrived }, undo)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  });
}

interface Job {
  readonly template: TemplateRow;
  readonly rules: RuleSet;
  readonly image: RestorableImage | null;
  readonly options: CloneOptions;
  readonly arrived: number;
}

async function cloneOne(store: Store, job: Job, undo: Undo): Promise<InstanceStarted> {
  const { template, rules, options } = job;
  const aid = options.aid === undefined ? allocateNextAid(store.db, template.name) : allocateAid(store.db, options.aid);
  undo.add(() => {
    releaseAid(store.db, aid);
  });
  const context: RuleContext = { aid, template: template.name, generation: template.generation + 1 };
  const files = await cloneFiles(store, job, context, undo);
  const upper = randomUUID();
  mkdirSync(layerDirectory(store, upper), { mode: 0o755 });
  undo.add(() => {
    rmSync(layerDirectory(store, upper), { recursive: true, force: true });
  });
  const layers = store.db.stacks.ofTemplate(template.name);
  const row = insertInstance(store, {
    aid,
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
  undo.add(() => store.view.unmount(aid));
  await prepareRedirects(files, root, rules, context);
  if (job.image === null) return mountedOnly(store, job, files, aid);
  return restoreClone(store, job, job.image, files, context, undo);
}

async function cloneFiles(store: Store, job: Job, context: RuleContext, undo: Undo): Promise<InstanceFiles> {
  const files = instanceFiles(store.paths, context.aid);
  const environment = primeEnvironment({
    aid: context.aid,
    template: job.template.name,
    generation: context.generation,
    inherited: {},
    rules: evaluate(job.rules, context).env,
    extra: { ...job.template.env, ...job.options.env },
  });
  const table = makeTableHead({
    aid: context.aid,
    template: job.template.name,
    mode: job.options.vproc ?? job.template.vproc,
    generation: context.generation,
    env: environment.own,
  });
  await claimPublicPorts(table, job.options.ports ?? [], `clone ${job.template.name}`);
  makeInstanceFiles(files, table);
  undo.add(() => {
    removeInstanceFiles(files);
  });
  return files;
}

/** A template of files alone gives a mounted root without processes. */
function mountedOnly(store: Store, job: Job, files: InstanceFiles, aid: string): InstanceStarted {
  store.db.instances.update(aid, { state: 'mounted' });
  return { aid, template: job.template.name, state: 'mounted', pids: [], ports: [], root: files.root, ms: performance.now() - job.arrived };
}

/** FIG. 9 for the processes: every resource as its mark says, then FIG. 6's synchronised resume. */
async function restoreClone(
  store: Store,
  job: Job,
  image: RestorableImage,
  files: InstanceFiles,
  context: RuleContext,
  undo: Undo,
): Promise<InstanceStarted> {
  const { aid } = context;
  const prefixes = customPrefixes(job.rules, context);
  const restored = await store.forge
    .restore({
      aid,
      view: files.root,
      table: files.table,
      status: files.status,
      stdin: '/dev/null',
      stdout: files.stdout,
      stderr: files.stderr,
      records: image.records,
      pages: image.pages,
      direct: await image.direct(store, aid, prefixes),
      renames: prefixes.map((prefix) => [prefix.precustomised, prefix.evaluated] as const),
      keepConnections: false,
      timeoutMs: RESTORE_LIMIT_MS,
    })
    .catch((error: unknown) => {
      throw restoreFailure(`clone ${job.template.name}`, error);
    });
  undo.add(() => endProcesses(store, aid, restored.init));
  markRunning(store, aid, restored.init, restored.main);
  return {
    aid,
    template: job.template.name,
    state: 'running',
    pids: restored.pids,
    ports: restored.ports.map((port) => ({ port: port.virtual, address: `127.0.0.1:${port.system}` })),
    root: files.root,
    ms: performance.now() - job.arrived,
  };
}

/** A restore that failed, in words for a person. */
export function restoreFailure(what: string, error: unknown): unknown {
  if (!(error instanceof ControlError)) return error;
  if (error.errno === 28 || error.errno === 12)
    return new AppshotError('no-space', what, error.message, 'free some room and try again; nothing was left behind');
  if (error.errno === 110) return new AppshotError('timeout', what, error.message, 'nothing was left behind');
  if (error.errno === 1) return new AppshotError('permission', what, error.message, 'appshot doctor tells what this machine allows');
  return new AppshotError('failed', what, error.message, 'nothing was left behind');
}
