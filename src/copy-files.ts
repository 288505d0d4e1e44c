import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { copyFailure } from './archive/copy-failure.ts';
import { AppshotError } from './errors.ts';
import { insideRoot, itself } from './inside-root.ts';
import { layerDirectory, rulesOf } from './instances.ts';
import { insertSealedLayer } from './layers.ts';
import { removeTree } from './remove-tree.ts';
import { runTool, saidBy } from './run-tool.ts';
import type { Store } from './store.ts';
import { systemWords } from './system-error.ts';
import { checkNewTemplate, findTemplate, insertTemplate } from './templates.ts';
import { withLayersView, withTemplateView } from './template-view.ts';

/** `TEMPLATE:PATH`; `template` is null for a plain template or a path of the host. */
export interface Place {
  readonly template: string | null;
  readonly path: string;
}

export function place(text: string): Place {
  const match = /^([a-z0-9][a-z0-9._-]{0,62}):(\/.*|)$/s.exec(text);
  return match === null ? { template: null, path: text } : { template: match[1] ?? '', path: match[2] === '' ? '/' : (match[2] ?? '/') };
}

/** A copy in O(1) of a template; or files copied into one, or out of one. */
export async function cp(store: Store, o: { from: string; to: string }): Promise<{ from: string; to: string }> {
  const from = place(o.from);
  const to = place(o.to);
  if (from.template !== null) await copyOut(store, { template: from.template, path: from.path }, to);
  else if (to.template !== null) await copyIn(store, o.from, { template: to.template, path: to.path });
  else copyTemplate(store, o.from, o.to);
  return o;
}

function copyTemplate(store: Store, from: string, to: string): void {
  const row = findTemplate(store, from, 'cp');
  checkNewTemplate(store, to, 'cp');
  insertTemplate(store, { ...row, name: to, rules: rulesOf(row), layers: store.db.stacks.ofTemplate(from).map((layer) => layer.id) });
}

async function copyOut(store: Store, from: { template: string; path: string }, to: Place): Promise<void> {
  const what = `cp ${from.template}:${from.path}`;
  findTemplate(store, from.template, 'cp');
  if (to.template !== null) throw new AppshotError('misuse', 'cp', 'one side must be a directory of this machine');
  await withTemplateView(store, from.template, async (root) => {
    const source = insideRoot(root, from.path, false);
    if (itself(source) === null) throw new AppshotError('not-found', what, 'no such file or directory in the template');
    const into = statSync(to.path, { throwIfNoEntry: false })?.isDirectory() === true ? join(to.path, basename(from.path)) : to.path;
    await runTool('cp', ['-a', '--reflink=auto', source, into]).catch((error: unknown) => {
      throw new AppshotError('failed', what, saidBy(error).split('\n')[0] ?? 'it could not be copied');
    });
  });
}

/** Files go into a new layer on top, so that instances and templates on the old layers see nothing of it. */
async function copyIn(store: Store, from: string, to: { template: string; path: string }): Promise<void> {
  const what = `cp ${from}`;
  const source = resolve(from);
  const stats = itself(source);
  findTemplate(store, to.template, 'cp');
  if (stats === null) throw new AppshotError('not-found', what, 'no such file or directory');
  await store.locks.hold(`template:${to.template}`, async () => {
    findTemplate(store, to.template, 'cp');
    const id = randomUUID();
    const directory = layerDirectory(store, id);
    mkdirSync(directory, { mode: 0o755 });
    try {
      await withLayersView(
        store,
        store.db.stacks.ofTemplate(to.template),
        (root) => putInto(root, { source, isDirectory: stats.isDirectory() }, to.path, what),
        directory,
      );
      store.db.transaction(() => {
        insertSealedLayer(store, id);
        store.db.stacks.setForTemplate(to.template, [id, ...store.db.stacks.ofTemplate(to.template).map((layer) => layer.id)]);
      });
    } catch (error) {
      removeTree(directory);
      throw error;
    }
    store.layers.whole(store, [id]);
    await store.spares.drain(to.template); // they stand on the layers as they were
    store.spares.refillLater(store, to.template);
  });
}

/** As `cp` does it in that root: a directory's content into a directory that is there, anything else below its own name. */
async function putInto(
  root: string,
  { source, isDirectory }: { source: string; isDirectory: boolean },
  path: string,
  what: string,
): Promise<void> {
  const named = insideRoot(root, path, true);
  const old = itself(named);
  const into = path.endsWith('/') || (old?.isDirectory() === true && !isDirectory);
  const target = into ? join(named, basename(source)) : named;
  makeAbove(target, what, path);
  const merged = isDirectory ? itself(target) : null;
  await runTool('cp', ['-a', '--reflink=auto', '-T', source, target]).catch((error: unknown) => {
    throw copyFailure(saidBy(error), what, 'it could not be copied');
  });
  if (merged === null) return;
  chmodSync(target, merged.mode); // it is the template's own directory still
  chownSync(target, merged.uid, merged.gid);
}

function makeAbove(target: string, what: string, path: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new AppshotError('failed', what, `${path}: ${systemWords(error)} in the template`, null, { cause: error });
  }
}
