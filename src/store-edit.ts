import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { layerDirectory } from './instances.ts';
import { diskUsageLater } from './layers.ts';
import { NO_FILE } from './no-file.ts';
import { parseRules } from './rules/index.ts';
import type { Store } from './store.ts';
import { checkNewTemplate, checkRemovable, findTemplate, insertTemplate } from './templates.ts';
import type { TemplateEdit } from './types.ts';

/** What the template store does as a directory and no command does in that way. Throws AppshotError. */
export async function editTemplate(
  store: Store,
  { template, edit }: { template: string; edit: TemplateEdit },
): Promise<Record<string, never>> {
  await store.locks.hold(`template:${template}`, async () => {
    switch (edit.kind) {
      case 'create':
        createOpen(store, template);
        return;
      case 'seal':
        await seal(store, template);
        return;
      case 'rules':
        setRules(store, template, edit.text);
        return;
      case 'removable':
        findTemplate(store, template, 'rm');
        checkRemovable(store, template);
    }
  });
  return {};
}

/** A template without files. Its layer is open: whoever fills it says when it is whole. */
function createOpen(store: Store, name: string): void {
  checkNewTemplate(store, name, 'create');
  const id = randomUUID();
  const path = layerDirectory(store, id);
  mkdirSync(path, { mode: 0o755 });
  store.db.transaction(() => {
    store.db.layers.insert({ id, kind: 'private', path, state: 'open', size: 0, created: new Date().toISOString() });
    insertTemplate(store, {
      name,
      kind: 'root',
      base: null,
      image: null,
      sourceAid: null,
      rules: null,
      env: {},
      vproc: 'namespace',
      cwd: '/',
      command: [],
      main: null,
      generation: 0,
      layers: [id],
      notes: [],
    });
  });
}

async function seal(store: Store, name: string): Promise<void> {
  findTemplate(store, name, 'seal');
  const [top] = store.db.stacks.ofTemplate(name);
  if (top?.state !== 'open') return;
  const size = await diskUsageLater(top.path);
  store.db.layers.seal(top.id, size);
  store.layers.whole(store, [top.id]);
}

/** Templates that were being filled when their mount's server was killed are as they are now: nobody writes to them any more. */
export async function sealForsaken(store: Store): Promise<void> {
  for (const { name } of store.db.templates.list())
    if (store.db.stacks.ofTemplate(name)[0]?.state === 'open') {
      store.log('a template that was being filled is whole', { template: name });
      await store.locks.hold(`template:${name}`, () => seal(store, name));
    }
}

/** From now on the rules are what was written here, and no file's elsewhere. */
function setRules(store: Store, name: string, text: string): void {
  findTemplate(store, name, 'rules');
  parseRules(text, `rules of ${name}`);
  if (text === '') store.db.templates.setRules(name, null, null);
  else store.db.templates.setRules(name, text, NO_FILE);
}
