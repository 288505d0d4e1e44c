import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { addon } from '../native/addon.ts';
import { isAlive, pidPairs, startTicks, virtualPid } from '../vproc/pid.ts';
import type { InstanceRow } from '../db/index.ts';
import { endBound } from './end-bound.ts';
import { AppshotError } from './errors.ts';
import { mainEnded, removeInstanceFiles } from './instance-files.ts';
import { collectGarbage, makingRoom } from './garbage.ts';
import { filesOf, findInstance, findRunning, hasProcesses, layerDirectory, removeInstance, stateOf, ticksOf } from './instances.ts';
import { releaseKept } from './kept-sockets.ts';
import type { Store } from './store.ts';
import type { InstanceState, VprocMode } from './types.ts';
import { discardTree } from './remove-tree.ts';

const POLL_MS = 3;

/** TERM to the main process (or to all that is left of the chain), then KILL after `seconds`. */
export async function stop(store: Store, aid: string, seconds: number): Promise<{ aid: string; state: InstanceState }> {
  const row = findInstance(store, aid, 'stop');
  if (hasProcesses(row)) {
    for (const pid of topProcesses(row.initPid, filesOf(store, row).table, row.main, row.vproc)) signal(pid, constants.signals.SIGTERM);
    if (!(await gone(row.initPid, ticksOf(row), seconds * 1000))) await endProcesses(store, aid, row.initPid);
  }
  await recorded(store, aid);
  return { aid, state: stateOf(findInstance(store, aid, 'stop')) };
}

/** The main process; once it has ended, every process whose parent is the instance's init. */
function topProcesses(init: number, table: string, main: number | null, vproc: VprocMode): number[] {
  if (vproc === 'preload') addon().collectIds(table); // a number whose process has ended may be a stranger's by now
  const pairs = pidPairs(init, table);
  const leader = pairs.find((pair) => pair.virtual === main);
  return leader === undefined ? pairs.map((pair) => pair.system) : [leader.system];
}

export function kill(store: Store, aid: string, name: string): { aid: string } {
  const row = findRunning(store, aid, `kill ${aid}`);
  const number = signalNumber(name, aid);
  for (const pid of topProcesses(row.initPid, filesOf(store, row).table, row.main, row.vproc)) signal(pid, number);
  return { aid };
}

function signalNumber(name: string, aid: string): number {
  const known = constants.signals as Readonly<Record<string, number>>;
  const number = /^\d+$/.test(name) ? Number(name) : known[name.toUpperCase().replace(/^(SIG)?/, 'SIG')];
  if (number === undefined || number < 0 || number > 64)
    throw new AppshotError('misuse', `kill ${aid}`, `${name} is no signal`, 'give a name such as TERM or a number');
  return number;
}

function signal(pid: number, number: number): void {
  const ticks = startTicks(pid);
  if (ticks !== null) addon().signalProcess(pid, ticks, number);
}

/**
 * Ends every process of an instance, and with them its SysV objects: its init's end takes the namespaces with it; without namespaces, those in its
 * table and below its init are ended one by one. Resolves when all are gone.
 */
export async function endProcesses(store: Store, aid: string, init: number): Promise<void> {
  store.lessons.end(aid);
  const ticks = startTicks(init);
  const bound = await endBound(filesOf(store, { aid }).table, init);
  if (bound && (await gone(init, ticks, 1000))) return; // it ends by itself when it has reaped them all
  if (ticks !== null) addon().signalProcess(init, ticks, constants.signals.SIGKILL);
  if (!(await gone(init, ticks, 10_000)))
    throw new AppshotError('busy', `end ${aid}`, `process ${init} doesn't end`, 'is it stuck in the kernel? see dmesg');
}

async function gone(pid: number, ticks: number | null, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (performance.now() < until && isAlive(pid, ticks)) await sleep(POLL_MS);
  return !isAlive(pid, ticks);
}

/** The end has been noticed here when the row says so. */
async function recorded(store: Store, aid: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const row = store.db.instances.get(aid);
    if (row?.state !== 'running' || hasProcesses(row)) return;
    await sleep(POLL_MS);
  }
}

/** Ends an instance and removes all that is its own. */
export async function destroy(store: Store, aid: string): Promise<{ aid: string }> {
  await removeWhole(store, findInstance(store, aid, 'destroy'));
  // Nobody waits for clones in a store where nothing lives.
  if (store.db.instances.list().every((row) => row.state === 'starting')) await store.spares.drainAll();
  return { aid };
}

/** `run -d --rm`: removes one that has ended, unless it has been run or put away anew since. */
export async function removeEnded(store: Store, aid: string): Promise<void> {
  await store.watchers.answered(aid);
  await store.locks.hold(`aid:${aid}`, async () => {
    if (!store.db.open) return; // whoever opens the store next sees it
    const row = store.db.instances.get(aid);
    if (row?.remove === true && row.state.startsWith('exited')) await removeWhole(store, row);
  });
}

/** Ends an instance, whatever state it is in, and removes all of it. */
export async function removeWhole(store: Store, row: InstanceRow): Promise<void> {
  const { aid } = row;
  if (hasProcesses(row)) await endProcesses(store, aid, row.initPid);
  await store.view.unmount(aid).catch(() => undefined);
  const upper = layerDirectory(store, row.upper);
  makingRoom(upper, () => {
    removeInstance(store, row);
  });
  if (row.state === 'suspended') await releaseKept(filesOf(store, row));
  removeInstanceFiles(filesOf(store, row));
  await discardTree(upper);
  store.uppers.forget(row.upper);
  await collectGarbage(store);
}

/** Resolves with the main process's exit code (128+N for a signal) once it has ended. */
export async function wait(store: Store, aid: string): Promise<{ code: number }> {
  const row = findInstance(store, aid, 'wait');
  const files = filesOf(store, row);
  for (;;) {
    const code = mainEnded(files);
    if (code !== null) return { code };
    const now = store.db.instances.get(aid);
    if (now === null) return { code: 137 };
    if (now.state !== 'running' && now.state !== 'starting') return { code: now.exitCode ?? 137 };
    await endOfMain(now.initPid, files.table, now.main);
  }
}

/** Waits for the main process by pidfd rather than by asking again and again. */
function endOfMain(init: number | null, table: string, main: number | null): Promise<void> {
  const system = init === null ? undefined : pidPairs(init, table).find((pair) => pair.virtual === main)?.system;
  if (system === undefined || virtualPid(system) === null) return sleep(POLL_MS);
  return new Promise((resolve) => {
    try {
      addon().watchExit(system, () => {
        setTimeout(resolve, POLL_MS);
      });
    } catch {
      setTimeout(resolve, POLL_MS);
    }
  });
}
