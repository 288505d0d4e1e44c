import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import type { InstanceRow } from '../db/index.ts';
import { ControlError } from '../native/control.ts';
import { programs } from '../native/programs.ts';
import { pidPairs } from '../vproc/pid.ts';
import { makeTableHead } from '../vproc/table-layout.ts';
import { allocateAid, allocateNextAid, releaseAid } from './aid.ts';
import { execPlan } from './enter.ts';
import { interpreter, linkage } from './elf.ts';
import { primeEnvironment, type PrimedEnvironment } from './environment.ts';
import { AppshotError } from './errors.ts';
import { idRange } from './id-range.ts';
import { insideRoot } from './inside-root.ts';
import { instanceFiles, mainEnded, makeInstanceFiles, removeInstanceFiles, type InstanceFiles } from './instance-files.ts';
import {
  asRoot,
  contextOf,
  filesOf,
  findInstance,
  hasProcesses,
  insertInstance,
  layerDirectory,
  layersOf,
  markRunning,
  removeInstance,
  rulesOf,
  stateOf,
} from './instances.ts';
import { killInitsHolding } from './inits.ts';
import { keepRootOf, mountRoot, prepareRedirects } from './instance-root.ts';
import { defaultMechanism, needsMechanism } from './mechanism.ts';
import { claimPublicPorts, publishedPorts } from './ports.ts';
import { endProcesses } from './lifecycle.ts';
import { evaluate, type RuleContext, type RuleSet } from './rules/index.ts';
import type { Store } from './store.ts';
import { wholeTemplate } from './templates.ts';
import type { InstanceStarted, RunOptions, VprocMode } from './types.ts';
import { Undo } from './undo.ts';
import { outOfReach } from './untranslated-ports.ts';
import { waitUntilReady, type WaitTarget } from './wait-for.ts';
import { removeTree } from './remove-tree.ts';

/**
 * The harness (FIG. 10 and 14; steps 510, 512 and 514 are FIG. 14's 556 to 564, and the launched application inherits
 * the link to its AID and tables at step 518): registers the AID, makes its tables, primes the environment, launches the application.
 */
export async function run(store: Store, options: RunOptions, arrived: number): Promise<InstanceStarted> {
  if (options.command.length === 0) throw new AppshotError('misuse', 'run', 'no command given', 'appshot run -- CMD...');
  if (options.aid !== undefined) await store.spares.giveUp(options.aid);
  const existing = options.aid === undefined ? null : store.db.instances.get(options.aid);
  if (existing?.state === 'starting') throw taken(existing.aid);
  if (existing !== null) return store.locks.hold(`aid:${existing.aid}`, () => runInExisting(store, existing.aid, options, arrived));
  return Undo.guard(async (undo) => {
    const registered = await register(store, options, undo);
    return launch(store, registered, options, arrived);
  });
}

/** A name made of the command's, for instances that were given none. */
function defaultName(options: RunOptions): string {
  const name = (options.from ?? basename(options.command[0] ?? ''))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 50);
  return name === '' ? 'instance' : name;
}

export interface Registered {
  readonly row: InstanceRow;
  readonly files: InstanceFiles;
  readonly rules: RuleSet;
  readonly environment: PrimedEnvironment;
}

/** FIG. 14, steps 556-564: registers the AID, makes its table space, and binds what will run to it. */
export async function register(store: Store, options: RunOptions, undo: Undo): Promise<Registered> {
  const template = options.from === undefined ? null : await wholeTemplate(store, options.from, 'run');
  const rules =
    options.rules === undefined ? store.rules.latest(template === null ? null : rulesOf(template)) : store.rules.use(options.rules);
  const aid = options.aid === undefined ? allocateNextAid(store.db, defaultName(options)) : allocateAid(store.db, options.aid, 'run'); // step 556, decision 558
  undo.add(() => {
    releaseAid(store.db, aid);
  });
  const context: RuleContext = { aid, template: options.from ?? null, generation: 0 };
  const environment = environmentFor(options, context, rules);
  const mode = options.vproc ?? (template?.image == null ? await defaultMechanism() : template.vproc);
  await needsMechanism(
    mode,
    `run ${aid}`,
    'allow it, or leave out --vproc namespace and APPSHOT_VPROC: ids are then bound by the preload library',
  );
  const files = await createTables(store, options, context, environment, mode, undo); // steps 560, 562
  const upper = randomUUID();
  mkdirSync(layerDirectory(store, upper), { recursive: true, mode: 0o755 });
  undo.add(() => {
    removeTree(layerDirectory(store, upper));
  });
  const layers = template === null ? [store.db.layers.host('/', new Date().toISOString())] : store.db.stacks.ofTemplate(template.name);
  const row = insertInstance(store, {
    aid,
    template: options.from ?? null,
    command: options.command,
    env: options.env ?? {},
    cwd: options.cwd ?? template?.cwd ?? '/',
    rules: options.rules ?? (template === null ? null : rulesOf(template)),
    vproc: mode,
    upper,
    layers: layers.map((layer) => layer.id),
    remove: options.remove ?? false,
    generation: 0,
  }); // step 564
  undo.add(() => {
    removeInstance(store, row);
  });
  await mountRoot(store, files, layerDirectory(store, upper), asRoot(layers), rules, context);
  undo.add(() => store.view.unmount(aid));
  await prepareRedirects(files, asRoot(layers), rules, context);
  return { row, files, rules, environment };
}

function environmentFor(options: RunOptions, context: RuleContext, rules: RuleSet): PrimedEnvironment {
  return primeEnvironment({
    aid: context.aid,
    template: context.template ?? '',
    generation: context.generation,
    inherited: options.inherit ?? {},
    rules: evaluate(rules, context).env,
    extra: options.env ?? {},
  });
}

/** FIG. 14, steps 560 and 562: a table space for the AID, with room for each type of resource. */
async function createTables(
  store: Store,
  options: RunOptions,
  context: RuleContext,
  environment: PrimedEnvironment,
  mode: VprocMode,
  undo: Undo,
): Promise<InstanceFiles> {
  const files = instanceFiles(store.paths, context.aid);
  const table = makeTableHead({
    aid: context.aid,
    template: context.template ?? '',
    mode,
    generation: 0,
    env: environment.own,
    ...idRange(store, context.aid, mode),
  });
  await claimPublicPorts(table, options.ports ?? [], `run ${context.aid}`);
  makeInstanceFiles(files, table);
  undo.add(() => {
    removeInstanceFiles(files);
  });
  return files;
}

/** FIG. 14, steps 566-570: the application is launched and inherits the harness's link to the AID. */
async function launch(
  store: Store,
  { row, files, environment }: Registered,
  options: RunOptions,
  arrived: number,
): Promise<InstanceStarted> {
  const command = options.command;
  const logged = [files.stdout, files.stderr].map((file) => ({ file, from: statSync(file).size }));
  const started = await store.forge
    .launch({
      aid: row.aid,
      view: files.root,
      table: files.table,
      status: files.status,
      mode: row.vproc,
      stdin: options.stdin ?? '/dev/null',
      stdout: files.stdout,
      stderr: files.stderr,
      cwd: options.cwd ?? row.cwd,
      env: environment.all,
      command,
    })
    .catch((error: unknown) => {
      killInitsHolding(files.status); // the answer may have been lost with the forge, and not the instance
      throw launchFailure({ aid: row.aid, root: files.root, cwd: options.cwd ?? row.cwd, env: environment.all }, command[0] ?? '', error);
    });
  const notes = coverageNotes(files.root, command[0] ?? '', environment.all, options.cwd ?? row.cwd, row.vproc);
  store.db.instances.update(row.aid, { notes });
  markRunning(store, row.aid, started.init, started.main);
  if (options.waitFor !== undefined)
    await waitUntilReady(waitTarget(store, row.aid, started.init, logged), options.waitFor).catch(async (error: unknown) => {
      await killAndForget(store, row.aid, started.init);
      throw error;
    });
  const now = store.db.instances.get(row.aid) ?? row;
  const pids = pidPairs(started.init, files.table);
  return {
    aid: row.aid,
    template: row.template,
    state: stateOf(now),
    pids,
    ports: publishedPorts(files.table, outOfReach(pids)),
    root: files.root,
    ms: performance.now() - arrived,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

async function killAndForget(store: Store, aid: string, init: number): Promise<void> {
  await endProcesses(store, aid, init);
}

const taken = (aid: string): AppshotError =>
  new AppshotError('exists', `run ${aid}`, 'the name is taken by a running instance', `choose another or appshot destroy ${aid}`);

/** `run --aid` on an instance that is mounted or has ended: its root and its tables stay, the command is new. */
async function runInExisting(store: Store, aid: string, options: RunOptions, arrived: number): Promise<InstanceStarted> {
  const row = findInstance(store, aid, 'run');
  if (hasProcesses(row)) throw taken(aid);
  if (row.state === 'suspended') throw new AppshotError('busy', `run ${aid}`, 'it is suspended', `appshot restore ${aid}`);
  if (options.from !== undefined && options.from !== row.template)
    throw new AppshotError('exists', `run ${aid}`, 'the name is taken', `choose another or appshot destroy ${aid}`);
  const rules = options.rules === undefined ? store.rules.latest(rulesOf(row)) : store.rules.use(options.rules);
  const context = contextOf(row);
  const environment = environmentFor({ ...options, env: { ...row.env, ...options.env } }, context, rules);
  const files = filesOf(store, row);
  const table = makeTableHead({
    aid,
    template: row.template ?? '',
    mode: row.vproc,
    generation: row.generation,
    env: environment.own,
    ...idRange(store, aid, row.vproc),
  });
  await claimPublicPorts(table, options.ports ?? [], `run ${aid}`);
  makeInstanceFiles(files, table);
  await keepRootOf(store, row);
  await prepareRedirects(files, layersOf(store, aid), rules, context);
  store.db.instances.update(aid, { command: options.command, cwd: options.cwd ?? row.cwd, remove: options.remove ?? false });
  return launch(store, { row, files, rules, environment }, options, arrived);
}

/** Between two looks for a port that nothing translates. */
const UNTRANSLATED_LOOK_MS = 100;
const DOCTOR = 'appshot doctor tells what this machine can do';

interface Launch {
  readonly aid: string;
  readonly root: string;
  readonly cwd: string;
  readonly env: readonly string[];
}

function launchFailure({ aid, root, cwd, env }: Launch, program: string, error: unknown): unknown {
  if (!(error instanceof ControlError)) return error;
  // The same numbers from the making of the instance mean something else.
  if (error.message.includes(`: enter ${cwd}: `))
    return new AppshotError(
      'failed',
      `run ${aid}`,
      `working directory ${cwd}: ${error.message.split(': ').at(-1)?.toLowerCase() ?? ''}`,
      'choose one of the instance with -w',
    );
  if (!error.message.includes(': execute ')) return new AppshotError('failed', `run ${aid}`, error.message, DOCTOR);
  const path = resolveProgram(root, program, env, cwd);
  const script = path === null ? null : interpreter(path);
  if (error.errno === 2 && script !== null)
    return new AppshotError('not-found', `run ${program}`, `its interpreter ${script} is not in the instance's root`);
  if (error.errno === 2)
    return new AppshotError(
      'not-found',
      `run ${program}`,
      "no such file or directory in the instance's root",
      'give a path that exists there',
    );
  if (error.errno === 13) return new AppshotError('permission', `run ${program}`, 'not an executable file');
  if (error.errno === 8) return new AppshotError('refused', `run ${program}`, 'not a program for this machine (exec format error)');
  return new AppshotError('failed', `run ${aid}`, error.message, DOCTOR);
}

/** What a person should know about how far the preload library reaches. */
function coverageNotes(root: string, program: string, env: readonly string[], cwd: string, mode: VprocMode): string[] {
  const path = resolveProgram(root, program, env, cwd);
  if (path === null) return [];
  const script = linkage(path) === 'script' ? interpreter(path) : null;
  const file = script === null ? path : reached(root, script);
  const lost = mode === 'preload' ? "its ports and ids are the system's" : 'its ports are not translated';
  return linkage(file) === 'static' ? [`${program} is a static binary: the preload library can't reach it, so ${lost}`] : [];
}

/** Where a path of the instance leads; as it is written where that can't be looked up, as below a directory that is closed to a user. */
function reached(root: string, path: string): string {
  try {
    return insideRoot(root, path, true);
  } catch {
    return join(root, path);
  }
}

function resolveProgram(root: string, program: string, env: readonly string[], cwd: string): string | null {
  if (program.includes('/')) return reached(root, isAbsolute(program) ? program : join(cwd, program));
  const path = env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? '';
  return (
    path
      .split(':')
      .map((directory) => reached(root, join(directory, program)))
      .find((file) => linkage(file) !== 'unknown') ?? null
  );
}

function waitTarget(store: Store, aid: string, init: number, logs: WaitTarget['logs']): WaitTarget {
  const files = instanceFiles(store.paths, aid);
  let looked = 0;
  // All sockets of all processes are too many to look through each time.
  const processes = (): number[] => {
    if (Date.now() < looked + UNTRANSLATED_LOOK_MS) return [];
    looked = Date.now();
    return pidPairs(init, files.table).map(({ system }) => system);
  };
  return {
    aid,
    logs,
    portAddress: (port) => {
      const found = publishedPorts(files.table, processes()).find((entry) => entry.port === port);
      return found === undefined ? null : { host: '127.0.0.1', port: Number(found.address.split(':').at(-1)) };
    },
    shell: (command) => {
      const plan = execPlan(store, { aid, command: ['/bin/sh', '-c', command] });
      return { program: programs.enter, args: plan.args };
    },
    ended: () => mainEnded(files),
  };
}
