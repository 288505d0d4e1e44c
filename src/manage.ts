import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { notItsOwn } from '../fs/store/views.ts';
import { copyFailure } from './archive/copy-failure.ts';
import { bytesOf, ofText, shownPath } from './byte-paths.ts';
import { copyIn, copyOut } from './copy-files.ts';
import { AppshotError } from './errors.ts';
import { fillFromLayout } from './import-layout.ts';
import { collectGarbage } from './garbage.ts';
import { insideRoot, itself } from './inside-root.ts';
import { layerDirectory, rulesOf } from './instances.ts';
import { insertSealedLayer } from './layers.ts';
import { summariseTemplate } from './listing.ts';
import { place } from './places.ts';
import { runTool, saidBy } from './run-tool.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, checkRemovable, findTemplate, insertTemplate, wholeTemplate } from './templates.ts';
import { withTemplateView } from './template-view.ts';
import type { FileRow, TemplateSummary } from './types.ts';
import { Undo } from './undo.ts';
import { removeTree } from './remove-tree.ts';

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
  await runTool(command[0] ?? '', command.slice(1)).catch((error: unknown) => {
    throw copyFailure(saidBy(error), what, 'it could not be copied');
  });
  await insertSealedLayer(store, id);
  undo.add(() => {
    store.db.layers.remove(id);
  });
  return [id];
}

/** A copy in O(1) of a template; or files copied into one, or out of one. */
export async function cp(store: Store, o: { from: string; to: string }): Promise<{ from: string; to: string }> {
  const from = place(o.from);
  const to = place(o.to);
  if (from.template !== null && to.template !== null)
    throw new AppshotError('misuse', `cp ${o.from}`, 'one side must be a directory of this machine');
  if (from.template !== null) await copyOut(store, { template: from.template, path: from.path }, o.to);
  else if (to.template !== null) await copyIn(store, o.from, { template: to.template, path: to.path });
  else await copyTemplate(store, o.from, o.to);
  return o;
}

async function copyTemplate(store: Store, from: string, to: string): Promise<void> {
  const row = await wholeTemplate(store, from, 'cp');
  await store.locks.hold(`template:${to}`, () => {
    checkNewTemplate(store, to, 'cp');
    insertTemplate(store, { ...row, name: to, rules: rulesOf(row), layers: store.db.stacks.ofTemplate(from).map((layer) => layer.id) });
    return Promise.resolve();
  });
}

export function mv(store: Store, o: { from: string; to: string }): Promise<{ from: string; to: string }> {
  return store.locks.holdAll([`template:${o.from}`, `template:${o.to}`], async () => {
    findTemplate(store, o.from, 'mv');
    checkNewTemplate(store, o.to, 'mv');
    await store.spares.drain(o.from);
    store.db.templates.rename(o.from, o.to);
    return o;
  });
}

/** Removes templates; refuses, naming them, while instances or other templates stand on one. All or none. */
export function rm(store: Store, names: readonly string[]): Promise<{ template: string }[]> {
  const keys = names.map((name) => `template:${name}`);
  return store.locks.holdAll(keys, async () => {
    for (const name of names) findTemplate(store, name, 'rm');
    for (const name of names) await store.spares.drain(name);
    store.db.transaction(() => {
      for (const name of names) checkRemovable(store, name, names);
      for (const name of new Set(names)) {
        store.db.templates.remove(name);
        store.db.aids.forgetNumbers(name);
      }
    });
    await collectGarbage(store);
    return names.map((template) => ({ template }));
  });
}

/** The files at a path of a template. */
export async function listFiles(store: Store, target: string): Promise<FileRow[]> {
  const { template, path } = place(target);
  const what = `ls ${target}`;
  if (template === null) throw new AppshotError('misuse', what, 'not of the form TEMPLATE:/PATH');
  findTemplate(store, template, 'ls');
  return withTemplateView(store, template, (root) => {
    const at = insideRoot(root, path, false);
    const stat = itself(at);
    if (stat === null) throw new AppshotError('not-found', what, 'no such file or directory');
    if (!stat.isDirectory()) return Promise.resolve([fileRow(ofText(at))]);
    const hidden = at === root ? notItsOwn(store.db.stacks.ofTemplate(template)) : [];
    const names = readdirSync(at, 'latin1').filter((name) => !hidden.includes(name));
    return Promise.resolve(names.sort().map((name) => fileRow(join(ofText(at), name))));
  });
}

function fileRow(path: string): FileRow {
  const stat = lstatSync(bytesOf(path));
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
    name: shownPath(basename(path)),
    type,
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    size: stat.size,
    modified: stat.mtime.toISOString(),
    ...(type === 'link' ? { target: readlinkSync(bytesOf(path)) } : {}),
  };
}
