import { AppshotError } from './errors.ts';
import type { RestorableImage } from './image-cache.ts';
import { rulesOf } from './instances.ts';
import { endProcesses } from './lifecycle.ts';
import { prepareRoot, type CloneOrder, type PreparedRoot } from './prepared-root.ts';
import { restoreProcesses, resumeProcesses, type RestoreJob } from './restore-processes.ts';
import type { Spare } from './spare.ts';
import type { Store } from './store.ts';
import { refuseOtherMechanism } from './template.ts';
import { wholeTemplate } from './templates.ts';
import type { CloneOptions, InstanceStarted } from './types.ts';
import { Undo } from './undo.ts';

/** The resource duplicator at work (FIG. 9): new live instances of a template, each with its own AID. All or none. */
export async function clone(store: Store, options: CloneOptions, arrived: number): Promise<InstanceStarted[]> {
  const template = await wholeTemplate(store, options.template, 'clone');
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
  if (image !== null) await refuseOtherMechanism(template.vproc, options.vproc, `clone ${template.name}`);
  const order: CloneOrder = { template, rules, options };
  if (options.aid !== undefined) await store.spares.giveUp(options.aid);
  const all = (undo: Undo): Promise<InstanceStarted[]> => cloneAll(store, { order, image, arrived }, count, undo);
  return store.spares.during(store, template.name, () => Undo.guard(all));
}

async function cloneAll(store: Store, job: Job, count: number, undo: Undo): Promise<InstanceStarted[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, () => cloneOne(store, job, undo)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const [first] = results;
  if (job.image !== null && first?.status === 'fulfilled') store.lessons.begin(store, job.order.template.name, job.image, first.value);
  const notes = notesOf(store, job.order.template.name);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [noted(result.value, notes)] : []));
}

const notesOf = (store: Store, template: string): string[] => store.layers.notes(template, () => store.db.stacks.ofTemplate(template));

const noted = (started: InstanceStarted, notes: readonly string[]): InstanceStarted =>
  notes.length === 0 ? started : { ...started, notes: [...(started.notes ?? []), ...notes] };

interface Job {
  readonly order: CloneOrder;
  readonly image: RestorableImage | null;
  readonly arrived: number;
}

async function cloneOne(store: Store, { order, image, arrived }: Job, undo: Undo): Promise<InstanceStarted> {
  for (let spare; (spare = await store.spares.take(order)) !== null;) {
    const started = await resumeSpare(store, spare, image, arrived, undo);
    if (started !== null) return started;
  }
  const root = await prepareRoot(store, order);
  undo.add(() => root.undo.run());
  if (image === null) return mountedOnly(store, root, arrived);
  return restoreInto(store, root, image, arrived, undo);
}

/** What was made ahead becomes the clone; null when somebody has ended its processes while they waited. */
async function resumeSpare(
  store: Store,
  { root, held }: Spare,
  image: RestorableImage | null,
  arrived: number,
  undo: Undo,
): Promise<InstanceStarted | null> {
  if (image === null || held === null) {
    undo.add(() => root.undo.run());
    return image === null ? mountedOnly(store, root, arrived) : restoreInto(store, root, image, arrived, undo);
  }
  try {
    const { started } = await resumeProcesses(store, jobOf(root, image), held, arrived);
    undo.add(() => root.undo.run());
    return started;
  } catch (error) {
    store.log('a clone made ahead could not be resumed', { aid: root.context.aid, error: String(error) });
    await root.undo.run();
    return null;
  }
}

const jobOf = (root: PreparedRoot, image: RestorableImage): RestoreJob => ({
  ...root,
  image,
  kept: null,
  what: `clone ${root.context.template}`,
});

/** A template of files alone gives a mounted root without processes. */
function mountedOnly(store: Store, { context, files }: PreparedRoot, arrived: number): InstanceStarted {
  const { aid, template } = context;
  store.db.instances.update(aid, { state: 'mounted' });
  return { aid, template, state: 'mounted', pids: [], ports: [], root: files.root, ms: performance.now() - arrived };
}

/**
 * FIG. 9 for the processes, in the forge: a resource without a mark is recreated as it was saved (steps 400, 402); one that is marked is
 * duplicated (step 404), mapped copy-on-write (step 408), made blank and bound to its virtual id (step 412), or spliced (step 418). Then FIG. 6's
 * synchronised resume.
 */
async function restoreInto(
  store: Store,
  ready: PreparedRoot,
  image: RestorableImage,
  arrived: number,
  undo: Undo,
): Promise<InstanceStarted> {
  const { init, started } = await restoreProcesses(store, jobOf(ready, image), arrived);
  undo.add(() => endProcesses(store, started.aid, init));
  return started;
}
