import { ControlError } from '../native/control.ts';
import type { Held, RestoreOrder } from '../native/forge.ts';
import { endLeftOver } from './end-bound.ts';
import { AppshotError, type ErrorCode } from './errors.ts';
import type { RestorableImage } from './image-cache.ts';
import { killInitsHolding } from './inits.ts';
import type { InstanceFiles } from './instance-files.ts';
import { markRunning } from './instances.ts';
import type { CustomPrefix, RuleContext } from './rules/index.ts';
import type { Store } from './store.ts';
import type { InstanceStarted, VprocMode } from './types.ts';

/** How long a restore may take before it is given up and undone, ms. */
const RESTORE_LIMIT_MS = 20_000;

/** A mounted root and the image whose processes are to live in it. */
export interface RestoreJob {
  readonly context: RuleContext;
  readonly vproc: VprocMode;
  readonly files: InstanceFiles;
  readonly prefixes: readonly CustomPrefix[];
  readonly image: RestorableImage;
  /** Where its sockets may have been kept since it was suspended; null for a clone, whose source has them. */
  readonly kept: string | null;
  /** The operation, for errors: `clone warm`. */
  readonly what: string;
}

/** Processes that live; `init` is the host pid of the instance's init. */
export interface LiveProcesses {
  readonly init: number;
  readonly started: InstanceStarted;
}

/**
 * FIG. 6, steps 308 to 332: the forge restores the image's processes, and the records say that they run. Throws AppshotError, and then
 * nothing of them is left, even when it was the forge's answer that was lost.
 */
export async function restoreProcesses(store: Store, job: RestoreJob, arrived: number): Promise<LiveProcesses> {
  const restored = await roomMade(store, () => attempt(job, async () => store.forge.restore(await orderOf(store, job))));
  return record(store, job, restored, arrived);
}

/** Steps 308 to 328 alone, made ahead: the processes wait until resumeProcesses(). Throws AppshotError; nothing is left then. */
export async function holdProcesses(store: Store, job: RestoreJob): Promise<Held> {
  return attempt(job, async () => store.forge.hold(await orderOf(store, job)));
}

/** Step 332 for what was held. Throws AppshotError, and then nothing of them is left. */
export async function resumeProcesses(store: Store, job: RestoreJob, held: Held, arrived: number): Promise<LiveProcesses> {
  await attempt(job, () => store.forge.resume(held.init));
  return record(store, job, held, arrived);
}

const isQueueLimit = ({ errno, message }: ControlError): boolean => errno === 24 && message.includes('make the message queue');

/** Whether there is no more of something that the kernel counts for all: EAGAIN, ENOSPC, EDQUOT, and EMFILE of what a user may have so many of. */
const isShort = (error: ControlError): boolean =>
  [11, 28, 122].includes(error.errno) || isQueueLimit(error) || (error.errno === 24 && error.message.includes('inotify'));

/** What clones made ahead hold of it is what others lack: when the work fails for that, they go, and it is done once more. */
async function roomMade<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const { drains } = store.spares;
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof AppshotError ? error.cause : null;
    if (!(cause instanceof ControlError) || !isShort(cause) || !(await store.spares.makeRoom(drains))) throw error;
    return work();
  }
}

async function attempt<T>(job: RestoreJob, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    killInitsHolding(job.files.status);
    endLeftOver(job.files.table);
    throw restoreFailure(job.what, error);
  }
}

async function orderOf(store: Store, { context, vproc, files, prefixes, image, kept }: RestoreJob): Promise<RestoreOrder> {
  return {
    aid: context.aid,
    mode: vproc,
    view: files.root,
    table: files.table,
    status: files.status,
    stdin: '/dev/null',
    stdout: files.stdout,
    stderr: files.stderr,
    records: image.records,
    pages: image.pages,
    direct: await image.direct(store, context.aid, prefixes),
    renames: prefixes.map((prefix) => [prefix.precustomised, prefix.evaluated] as const),
    written: image.touched.pages?.written ?? [],
    touched: image.touched.pages?.read ?? [],
    kept,
    timeoutMs: RESTORE_LIMIT_MS,
  };
}

function record(store: Store, { context, files }: RestoreJob, live: Held, arrived: number): LiveProcesses {
  const { aid, template } = context;
  markRunning(store, aid, live.init, live.main);
  const ports = live.ports.map((port) => ({ port: port.virtual, address: `127.0.0.1:${port.system}` }));
  const started: InstanceStarted = {
    aid,
    template,
    state: 'running',
    pids: live.pids,
    ports,
    root: files.root,
    ms: performance.now() - arrived,
  };
  return { init: live.init, started };
}

/** A restore that failed, in words for a person. */
function restoreFailure(what: string, error: unknown): unknown {
  if (!(error instanceof ControlError)) return error;
  const failure = (code: ErrorCode, next: string): AppshotError => new AppshotError(code, what, error.message, next, { cause: error });
  if (error.errno === 28 || error.errno === 12) return failure('no-space', 'free some room and try again; nothing was left behind');
  if (isQueueLimit(error))
    return failure(
      'failed',
      'the message queues of all instances together are as large as the daemon may have (ulimit -Hq): start the daemon with a higher limit',
    );
  if (error.errno === 24)
    return failure(
      'failed',
      'the application has as many descriptors as the daemon may have (ulimit -Hn): start the daemon with a higher limit, or as one who may raise it (CAP_SYS_RESOURCE)',
    );
  if (error.errno === 110) return failure('timeout', 'nothing was left behind');
  if (error.errno === 1) return failure('permission', 'appshot doctor tells what this machine allows');
  return failure('failed', 'nothing was left behind');
}
