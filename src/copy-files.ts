import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TemplateRow } from '../db/index.ts';
import { notItsOwn } from '../fs/store/views.ts';
import { copyFailure } from './archive/copy-failure.ts';
import { AppshotError } from './errors.ts';
import { recordsFile } from './image-store.ts';
import { mappedFiles, parseImage } from './image/index.ts';
import { layerDirectory } from './instances.ts';
import { diskUsageLater } from './layers.ts';
import { insideRoot, itself } from './inside-root.ts';
import { meansContent } from './places.ts';
import { runTool, saidBy } from './run-tool.ts';
import { systemWords } from './system-error.ts';
import { removeTree } from './remove-tree.ts';
import type { Store } from './store.ts';
import { findTemplate, wholeTemplate } from './templates.ts';
import { withTemplateView, withView } from './template-view.ts';
import { Undo } from './undo.ts';

interface InTemplate {
  readonly template: string;
  readonly path: string;
}

/** Copies what stands at a path of a template to a path of this machine, as `cp -a` does. Throws AppshotError. */
export async function copyOut(store: Store, from: InTemplate, to: string): Promise<void> {
  const what = `cp ${from.template}:${from.path}`;
  const { name } = findTemplate(store, from.template, 'cp');
  await withTemplateView(store, name, async (root) => {
    const source = insideRoot(root, from.path, false);
    if (itself(source) === null) throw new AppshotError('not-found', what, 'no such file or directory in the template');
    const content = meansContent(from.path) || source === root;
    const into = !content && isDirectory(to) ? join(to, basename(source)) : to;
    const said = (text: string): AppshotError =>
      new AppshotError('failed', what, text.replaceAll(root, `${name}:`).split('\n', 1)[0] || 'it could not be copied');
    if (source === root) await copyRoot(root, notItsOwn(store.db.stacks.ofTemplate(name)), into, said);
    else await copyTree(['-T', '--', source, into], said);
  });
}

/** Without what every view has. */
async function copyRoot(root: string, without: readonly string[], into: string, said: (text: string) => AppshotError): Promise<void> {
  if (!isDirectory(into)) mkdirSync(into);
  for (const name of readdirSync(root)) if (!without.includes(name)) await copyTree(['-T', '--', join(root, name), join(into, name)], said);
  const { mode, uid, gid, atime, mtime } = statSync(root);
  if (process.getuid?.() === 0) chownSync(into, uid, gid);
  chmodSync(into, mode & 0o7777);
  utimesSync(into, atime, mtime);
}

/**
 * Copies what stands at a path of this machine to a path of a template, as `cp -a` does. It goes into a new layer on top, so that
 * instances and templates on the old layers see nothing of it. Throws AppshotError; then nothing has changed.
 */
export async function copyIn(store: Store, from: string, to: InTemplate): Promise<void> {
  const what = `cp ${from}`;
  await wholeTemplate(store, to.template, 'cp');
  await store.locks.hold(`template:${to.template}`, () =>
    Undo.guard(async (undo) => {
      const row = findTemplate(store, to.template, 'cp');
      const stats = itself(from);
      if (stats === null) throw new AppshotError('not-found', what, 'no such file or directory');
      const id = randomUUID();
      const upper = layerDirectory(store, id);
      mkdirSync(upper, { mode: 0o755 });
      undo.add(() => {
        removeTree(upper);
      });
      const below = store.db.stacks.ofTemplate(row.name);
      await withView(store, below, upper, async (root, view) => {
        await keepingMapped(store, row, view, what, () => copyInto(root, { path: from, isDirectory: stats.isDirectory() }, to, what));
      });
      const size = await diskUsageLater(upper);
      // What was made ahead stands on the old layers.
      await store.spares.drain(row.name);
      store.db.transaction(() => {
        store.db.layers.insert({ id, kind: 'private', path: upper, state: 'sealed', size, created: new Date().toISOString() });
        store.db.stacks.setForTemplate(row.name, [id, ...below.map((layer) => layer.id)]);
      });
      store.layers.whole(store, [id]);
    }),
  );
}

/** A directory's content goes into a directory that is there, which stays the template's own; anything else below its name. */
async function copyInto(root: string, from: { path: string; isDirectory: boolean }, to: InTemplate, what: string): Promise<void> {
  let target = insideRoot(root, to.path, true);
  const below = to.path.endsWith('/') || (itself(target)?.isDirectory() === true && !from.isDirectory);
  if (below && !meansContent(from.path)) target = insideRoot(root, join(to.path, basename(from.path)), true);
  makeAbove(target, to.path, what);
  const merged = from.isDirectory ? itself(target) : null;
  const said = (text: string): AppshotError => copyFailure(text.replaceAll(root, `${to.template}:`), what, 'it could not be copied');
  // A link in the template leads elsewhere on this machine: it is replaced, not followed.
  await copyTree(['--remove-destination', '-T', '--', from.path, target], said);
  if (merged === null) return;
  chmodSync(target, merged.mode);
  chownSync(target, merged.uid, merged.gid);
}

/** Directories on the way that the template doesn't have: others stay as they are. */
function makeAbove(target: string, path: string, what: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new AppshotError('failed', what, `${path}: ${systemWords(error)} in the template`, null, { cause: error });
  }
}

/** Throws 'refused' when `work` takes a file from under the memory that its image has of it. */
async function keepingMapped(store: Store, row: TemplateRow, view: string, what: string, work: () => Promise<void>): Promise<void> {
  if (row.image === null) return work();
  const image = parseImage(readFileSync(recordsFile(join(store.paths.images, row.image))));
  const paths = mappedFiles(image).map((file) => file.path);
  const before = await store.view.locate(view, paths);
  await work();
  const after = await store.view.locate(view, paths);
  const other = paths.find((_, at) => before[at] !== after[at]);
  if (other !== undefined)
    throw new AppshotError(
      'refused',
      what,
      `processes of ${row.name} have ${other} mapped, and their memory would not fit another`,
      'commit an instance that runs with the new one',
    );
}

async function copyTree(words: readonly string[], said: (text: string) => AppshotError): Promise<void> {
  await runTool('cp', ['-a', '--reflink=auto', '--sparse=auto', ...words]).catch((error: unknown) => {
    throw said(saidBy(error));
  });
}

/** A path of this machine, through links; what it can't be, `cp` says. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
