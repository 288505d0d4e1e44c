import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { copyFailure } from './archive/copy-failure.ts';
import { AppshotError } from './errors.ts';
import { fillFromLayout } from './import-layout.ts';
import { collectGarbage } from './garbage.ts';
import { layerDirectory, rulesOf } from './instances.ts';
import { insertSealedLayer } from './layers.ts';
import { summariseTemplate } from './listing.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, findTemplate, insertTemplate } from './templates.ts';
import { withTemplateView } from './template-view.ts';
import type { FileRow, TemplateSummary } from './types.ts';
import { Undo } from './undo.ts';
import { removeTree } from './remove-tree.ts';

const run = promisify(execFile);

/** A template of files alone: of a directory or an archive, or standing on the host's own `/`. */
export async function create(
  store: Store,
  o: { template: string; root?: string; rules?: { text: string; file: string } },
): Promise<TemplateSummary> {
  checkNewTemplate(store, o.template, 'create');
  if (o.rules !== undefined) store.rules.use(o.rules);
  return store.locks.hold(`template:${o.template}`, () =>
    Undo.guard(async (undo) => {
      checkNewTemplate(store, o.template, 'create');
      const layers = o.root === undefined ? [store.db.layers.host('/', new Date().toISOString()).id] : await fill(store, o.root, undo);
      insertTemplate(store, {
        name: o.template,
        kind: 'root',
        base: null,
        image: null,
        sourceAid: null,
        rules: o.rules ?? null,
        env: {},
        vproc: 'namespace',
        cwd: '/',
        command: [],
        main: null,
        generation: 0,
        layers,
        notes: [],
      });
      return summariseTemplate(store, findTemplate(store, o.template, 'create'));
    }),
  );
}

/** A new sealed layer with the content of a directory or a tar archive; one for each of an OCI image layout, top first. */
async function fill(store: Store, root: string, undo: Undo): Promise<readonly string[]> {
  const what = `create from ${root}`;
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined) throw new AppshotError('not-found', what, 'no such file or directory');
  if (existsSync(join(root, 'oci-layout'))) return fillFromLayout(store, root, undo);
  const id = randomUUID();
  const directory = layerDirectory(store, id);
  mkdirSync(directory, { mode: 0o755 });
  undo.add(() => {
    removeTree(directory);
  });
  const command = stat.isDirectory()
    ? ['cp', '-a', '--reflink=auto', '--sparse=auto', `${root}/.`, directory]
    : ['tar', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-xpf', root, '-C', directory];
  await run(command[0] ?? '', command.slice(1), { maxBuffer: 1 << 20, env: { ...process.env, LC_ALL: 'C' } }).catch((error: unknown) => {
    throw copyFailure(saidBy(error), what, 'it could not be copied');
  });
  insertSealedLayer(store, id);
  undo.add(() => {
    store.db.layers.remove(id);
  });
  return [id];
}

/** `TEMPLATE:PATH`, or a plain template or host path. */
interface Place {
  readonly template: string | null;
  readonly path: string;
}

function place(text: string): Place {
  const match = /^([a-z0-9][a-z0-9._-]{0,62}):(\/.*|)$/.exec(text);
  return match === null ? { template: null, path: text } : { template: match[1] ?? '', path: match[2] === '' ? '/' : (match[2] ?? '/') };
}

/** A copy in O(1) of a template; or files copied into one, or out of one. */
export async function cp(store: Store, o: { from: string; to: string }): Promise<{ from: string; to: string }> {
  const from = place(o.from);
  const to = place(o.to);
  if (from.template !== null) await copyOut(store, { template: from.template, path: from.path }, to);
  else if (to.template !== null) copyIn(store, o.from, { template: to.template, path: to.path });
  else copyTemplate(store, o.from, o.to);
  return o;
}

function copyTemplate(store: Store, from: string, to: string): void {
  const row = findTemplate(store, from, 'cp');
  checkNewTemplate(store, to, 'cp');
  insertTemplate(store, { ...row, name: to, rules: rulesOf(row), layers: store.db.stacks.ofTemplate(from).map((layer) => layer.id) });
}

async function copyOut(store: Store, from: { template: string; path: string }, to: Place): Promise<void> {
  findTemplate(store, from.template, 'cp');
  if (to.template !== null) throw new AppshotError('misuse', 'cp', 'one side must be a directory of this machine');
  await withTemplateView(store, from.template, async (root) => {
    const source = join(root, from.path);
    if (lstatSync(source, { throwIfNoEntry: false }) === undefined)
      throw new AppshotError('not-found', `cp ${from.template}:${from.path}`, 'no such file or directory in the template');
    const into = statSync(to.path, { throwIfNoEntry: false })?.isDirectory() === true ? join(to.path, basename(from.path)) : to.path;
    await run('cp', ['-a', '--reflink=auto', source, into]).catch((error: unknown) => {
      throw new AppshotError('failed', `cp ${from.template}:${from.path}`, saidBy(error).split('\n')[0] ?? 'it could not be copied');
    });
  });
}

/** Files go into a new layer on top, so that instances and templates on the old layers see nothing of it. */
function copyIn(store: Store, from: string, to: { template: string; path: string }): void {
  const row = findTemplate(store, to.template, 'cp');
  const source = resolve(from);
  if (!existsSync(source)) throw new AppshotError('not-found', `cp ${from}`, 'no such file or directory');
  const id = randomUUID();
  const target = join(layerDirectory(store, id), to.path.endsWith('/') ? join(to.path, basename(source)) : to.path);
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o755 });
  cpSync(source, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  insertSealedLayer(store, id);
  store.layers.whole(store, [id]);
  store.db.stacks.setForTemplate(row.name, [id, ...store.db.stacks.ofTemplate(row.name).map((layer) => layer.id)]);
}

export async function mv(store: Store, o: { from: string; to: string }): Promise<{ from: string; to: string }> {
  findTemplate(store, o.from, 'mv');
  await store.spares.drain(o.from);
  checkNewTemplate(store, o.to, 'mv');
  store.db.templates.rename(o.from, o.to);
  return o;
}

/** Removes templates; refuses, naming them, while instances or other templates stand on one. All or none. */
export async function rm(store: Store, names: readonly string[]): Promise<{ template: string }[]> {
  for (const name of names) {
    findTemplate(store, name, 'rm');
    await store.spares.drain(name);
    const { instances, templates } = store.db.templates.dependents(name);
    const users = [
      ...instances.map((aid) => `instance ${aid}`),
      ...templates.filter((other) => !names.includes(other)).map((other) => `template ${other}`),
    ];
    if (users.length > 0)
      throw new AppshotError(
        'busy',
        `rm ${name}`,
        `${users.join(', ')} ${users.length === 1 ? 'stands' : 'stand'} on it`,
        'destroy or remove those first',
      );
  }
  for (const name of names) {
    store.db.templates.remove(name);
    store.db.aids.forgetNumbers(name);
  }
  collectGarbage(store);
  return names.map((template) => ({ template }));
}

/** The files at a path of a template. */
export async function listFiles(store: Store, target: string): Promise<FileRow[]> {
  const at = place(target);
  if (at.template === null) throw new AppshotError('misuse', `ls ${target}`, 'not of the form TEMPLATE:/PATH');
  const template = at.template;
  findTemplate(store, template, 'ls');
  return withTemplateView(store, template, (root) => {
    const path = join(root, at.path);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new AppshotError('not-found', `ls ${target}`, 'no such file or directory');
    return Promise.resolve(
      stat.isDirectory()
        ? readdirSync(path)
            .sort()
            .map((name) => fileRow(join(path, name), name))
        : [fileRow(path, basename(path))],
    );
  });
}

function fileRow(path: string, name: string): FileRow {
  const stat = lstatSync(path);
  const type = stat.isDirectory()
    ? 'directory'
    : stat.isSymbolicLink()
      ? 'link'
      : stat.isFile()
        ? 'file'
        : stat.isFIFO()
          ? 'fifo'
          : stat.isSocket()
            ? 'socket'
            : 'device';
  return {
    name,
    type,
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    size: stat.size,
    modified: stat.mtime.toISOString(),
    ...(type === 'link' ? { target: readlinkSync(path) } : {}),
  };
}

/** What a program that failed wrote to its standard error. */
function saidBy(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
}
