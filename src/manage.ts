import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { copyFailure } from './archive/copy-failure.ts';
import { place } from './copy-files.ts';
import { AppshotError } from './errors.ts';
import { fillFromLayout } from './import-layout.ts';
import { collectGarbage } from './garbage.ts';
import { insideRoot } from './inside-root.ts';
import { layerDirectory } from './instances.ts';
import { insertSealedLayer } from './layers.ts';
import { summariseTemplate } from './listing.ts';
import { runTool, saidBy } from './run-tool.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, findTemplate, insertTemplate } from './templates.ts';
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
  insertSealedLayer(store, id);
  undo.add(() => {
    store.db.layers.remove(id);
  });
  return [id];
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
    const path = insideRoot(root, at.path, false);
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
