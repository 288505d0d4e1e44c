import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync } from 'node:fs';
import type { InstanceRow } from '../db/index.ts';
import { ControlError } from '../native/control.ts';
import { dump, DumperDied, type DumpOrder, type DumpResult } from '../native/dumper.ts';
import { AppshotError } from './errors.ts';
import { createImageDirectory, figuresOf, parentsOf, removeImageFiles, sealImage } from './image-store.ts';
import { contextOf, filesOf, findRunning, hasProcesses, layerDirectory, layersOf, rulesOf } from './instances.ts';
import { endProcesses } from './lifecycle.ts';
import { needsMechanism } from './mechanism.ts';
import { customPrefixes, type RuleSet } from './rules/index.ts';
import { dropCopies, preCopy } from './pre-copy.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, insertTemplate } from './templates.ts';
import type { CommitResult, VprocMode } from './types.ts';
import { removeTree } from './remove-tree.ts';

/** How long processes may take to be quiesced before a commit gives up, ms. */
const QUIESCE_LIMIT_MS = 10_000;
/** How often an application is looked at that is in the middle of what can't be taken (FIG. 5, steps 258 to 262: bounded tries). */
const MOST_TRIES = 12;
const TRY_FOR_MS = 2000;

/**
 * Makes a template of a running instance (FIG. 8), which goes on unless `stop`. The application is frozen only while its state
 * is taken and its layer sealed; its memory is written out afterwards, from a frozen copy.
 */
export async function commit(store: Store, o: { aid: string; template: string; stop?: boolean }, arrived: number): Promise<CommitResult> {
  checkNewTemplate(store, o.template, 'commit');
  return store.locks.hold(`template:${o.template}`, () =>
    store.locks.hold(`aid:${o.aid}`, async () => {
      checkNewTemplate(store, o.template, 'commit');
      const row = findRunning(store, o.aid, `commit ${o.aid}`);
      const rules = store.rules.latest(rulesOf(row));
      const taken = await takeImage(store, row, rules, { what: `commit ${o.aid}` });
      store.db.transaction(() => {
        taken.record();
        insertTemplate(store, {
          name: o.template,
          kind: 'running',
          base: null,
          image: taken.image,
          sourceAid: row.aid,
          rules: rulesOf(row),
          env: row.env,
          vproc: row.vproc,
          cwd: row.cwd,
          command: row.command,
          main: row.main,
          generation: row.generation,
          layers: taken.layers,
          notes: row.notes,
        });
      });
      store.spares.refillLater(store, o.template);
      if (o.stop === true) await endProcesses(store, row.aid, row.initPid);
      const { copiedBytes, copiedFrozenBytes } = taken;
      return { template: o.template, ...taken.result, copiedBytes, copiedFrozenBytes, ms: performance.now() - arrived };
    }),
  );
}

/** Throws 'refused' for processes that are asked for under another mechanism than the one that gave them their ids, 'unsupported' where that can't be had. */
export async function refuseOtherMechanism(captured: VprocMode, wanted: VprocMode | undefined, what: string): Promise<void> {
  if (wanted !== undefined && wanted !== captured)
    throw new AppshotError(
      'refused',
      what,
      `its processes have ids of the ${captured} mechanism, which the ${wanted} mechanism can't give`,
      `leave out --vproc ${wanted}, or APPSHOT_VPROC`,
    );
  await needsMechanism(captured, what, 'its processes have ids of that mechanism: allow it, or bring them back where it can be had');
}

export interface TakenImage {
  readonly image: string;
  /** Ids of the read-only layers that go with it, top first. */
  readonly layers: readonly string[];
  readonly result: DumpResult;
  /** Bytes of files open for writing that were copied into the sealed layer before the application was frozen, and while it was. */
  readonly copiedBytes: number;
  readonly copiedFrozenBytes: number;
  /** Records the image; call it in the transaction that records what stands on it. */
  record(): void;
}

/**
 * FIG. 5 for one instance: freeze, collect, seal the upper layer, resume, write; or, where it is to end, write, let `record` put it
 * down, and only then end. When it fails, the application runs on and no image is left; a layer that was sealed already stays below the
 * instance as one of its own.
 */
export async function takeImage(...order: ImageOrder): Promise<TakenImage> {
  const [store, row] = order;
  try {
    return await takeInTries(order);
  } finally {
    await dropCopies(store, row.aid);
  }
}

async function takeInTries(order: ImageOrder): Promise<TakenImage> {
  const until = performance.now() + TRY_FOR_MS;
  const before = { copiedBytes: 0 };
  for (let tries = 1; ; tries++) {
    try {
      const taken = await takeOnce(before, ...order);
      return { ...taken, ...before };
    } catch (error) {
      // It was in the middle of something that is over in a moment; it ran on, and is looked at again.
      if (!(error instanceof AppshotError) || error.code !== 'busy') throw error;
      if (tries === MOST_TRIES || performance.now() > until) throw error;
      await sleep(tries * 5);
    }
  }
}

type ImageOrder = [
  store: Store,
  row: InstanceRow & { readonly initPid: number },
  rules: RuleSet,
  o: { what: string; end?: (taken: Pick<TakenImage, 'image' | 'layers' | 'record'>) => void },
];

async function takeOnce(before: { copiedBytes: number }, ...[store, row, rules, o]: ImageOrder): Promise<Omit<TakenImage, 'copiedBytes'>> {
  const image = randomUUID();
  const directory = createImageDirectory(store, image);
  const { end } = o;
  let sealed: Sealed = { layers: [], copiedFrozenBytes: 0 };
  const seal = () => sealImage(store, { image, directory, rules, context: contextOf(row) });
  const done = { put: false };
  try {
    // Where it is to end, nothing is sealed.
    if (end === undefined) before.copiedBytes += await preCopy(store, row, QUIESCE_LIMIT_MS);
    const below = store.db.stacks.ofInstance(row.aid).map((layer) => layer.id);
    const result = await dump(dumpOrder(store, row, rules, directory, end !== undefined), {
      frozen: async () => {
        sealed = end === undefined ? await sealUpper(store, row, below) : { layers: below, copiedFrozenBytes: 0 };
      },
      written: async () => {
        end?.({ image, layers: sealed.layers, record: await seal() });
        done.put = true;
      },
    });
    return { image, ...sealed, result, record: end === undefined ? await seal() : () => undefined };
  } catch (error) {
    if (done.put && error instanceof DumperDied) {
      // It was about to end them, or has: what it was asked for is whole, and of what may be half gone the rest goes too.
      if (hasProcesses(row)) await endProcesses(store, row.aid, row.initPid);
      return { image, ...sealed, result: figuresOf(directory), record: () => undefined };
    }
    removeImageFiles(directory);
    throw dumpFailure(o.what, error);
  }
}

function dumpOrder(store: Store, row: InstanceRow & { readonly initPid: number }, rules: RuleSet, out: string, end: boolean): DumpOrder {
  const files = filesOf(store, row);
  return {
    init: row.initPid,
    out,
    main: row.main ?? 0,
    stdin: '/dev/null',
    stdout: files.stdout,
    stderr: files.stderr,
    table: files.table,
    layers: [layerDirectory(store, row.upper), ...layersOf(store, row.aid).directories],
    injected: store.library.injected(),
    parents: parentsOf(store, row),
    custom: customPrefixes(rules, contextOf(row)).map((prefix) => [prefix.evaluated, prefix.precustomised] as const),
    end,
    ...(end ? { hold: files.kept } : {}),
    limitMs: QUIESCE_LIMIT_MS,
  };
}

type Sealed = Pick<TakenImage, 'layers' | 'copiedFrozenBytes'>;

/**
 * Today's upper becomes a read-only layer in O(1), and the instance goes on with an empty one; with the one that it has, where that is empty. The record is made first: a daemon
 * that dies in between finds both layers there, and the view server's own word says which is the upper.
 */
async function sealUpper(store: Store, row: InstanceRow, below: readonly string[]): Promise<Sealed> {
  const upper = row.upper;
  if (store.uppers.has(upper, layerDirectory(store, upper))) return { layers: below, copiedFrozenBytes: 0 };
  const next = randomUUID();
  mkdirSync(layerDirectory(store, next), { recursive: true, mode: 0o755 });
  let copiedFrozenBytes: number;
  try {
    copiedFrozenBytes = (await store.view.seal(row.aid, layerDirectory(store, next))).copiedBytes;
  } catch (error) {
    removeTree(layerDirectory(store, next));
    throw error;
  }
  store.uppers.forget(upper);
  store.uppers.note(next, layerDirectory(store, next));
  store.db.transaction(() => {
    store.db.layers.seal(upper, 0);
    store.db.layers.insert({
      id: next,
      kind: 'private',
      path: layerDirectory(store, next),
      state: 'open',
      size: 0,
      created: new Date().toISOString(),
    });
    store.db.instances.update(row.aid, { upper: next });
    store.db.stacks.push(row.aid, upper);
  });
  return { layers: [upper, ...below], copiedFrozenBytes };
}

function dumpFailure(what: string, error: unknown): unknown {
  if (error instanceof AppshotError || !(error instanceof ControlError)) return error;
  const runsOn = 'the application runs on as it was';
  if (error.errno === 7)
    return new AppshotError(
      'refused',
      what,
      error.message,
      `each commit that finds files written adds one, and none goes: run the application anew; ${runsOn}`,
    );
  if (error.errno === 28) return new AppshotError('no-space', what, error.message, `free some room and try again; ${runsOn}`);
  if (error.errno === 95) return new AppshotError('refused', what, error.message, runsOn);
  if (error.errno === 16) return new AppshotError('busy', what, error.message, `try again; ${runsOn}`);
  if (error.errno === 110) return new AppshotError('timeout', what, error.message, `try again; ${runsOn}`);
  if (error.errno === 1) return new AppshotError('permission', what, error.message, 'appshot doctor tells what this machine allows');
  return new AppshotError('failed', what, error.message, runsOn);
}
