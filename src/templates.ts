import { setTimeout as sleep } from 'node:timers/promises';
import type { TemplateRow } from '../db/index.ts';
import { AppshotError } from './errors.ts';
import type { Store } from './store.ts';

const NAME = /^[a-z0-9]([a-z0-9._-]{0,62})$/;

/** Throws 'misuse' unless the name can be a template's. */
export function checkTemplateName(name: string, what: string): void {
  if (!NAME.test(name))
    throw new AppshotError(
      'misuse',
      what,
      `"${name}" can't be a template's name`,
      'use a-z, 0-9, ".", "_" and "-", up to 63, starting with a letter or digit',
    );
}

/** The row of a template. Throws 'not-found'. */
export function findTemplate(store: Store, name: string, what: string): TemplateRow {
  const row = store.db.templates.get(name);
  if (row === null) throw new AppshotError('not-found', `${what} ${name}`, `there is no template ${name}`, 'appshot ls lists them');
  return row;
}

/** How long a command waits for a template that is being filled, ms. */
const FILLING_MS = 10_000;

/** The row of a template whose files are all there: one that is made through a mounted store is waited for. Throws 'not-found', 'busy'. */
export async function wholeTemplate(store: Store, name: string, what: string): Promise<TemplateRow> {
  const until = performance.now() + FILLING_MS;
  for (;;) {
    const row = findTemplate(store, name, what);
    if (row.image !== null || store.db.stacks.ofTemplate(name)[0]?.state !== 'open') return row;
    if (performance.now() > until)
      throw new AppshotError(
        'busy',
        `${what} ${name}`,
        'it is still being filled through a mounted store',
        'it is whole once nothing has been written to it for two seconds',
      );
    await sleep(50);
  }
}

/** Throws 'busy', and says who, while instances or templates stand on it; `together`: templates that go with it. */
export function checkRemovable(store: Store, name: string, together: readonly string[] = [name]): void {
  const { instances, templates } = store.db.templates.dependents(name);
  const users = [
    ...instances.map((aid) => `instance ${aid}`),
    ...templates.filter((other) => !together.includes(other)).map((other) => `template ${other}`),
  ];
  if (users.length > 0)
    throw new AppshotError(
      'busy',
      `rm ${name}`,
      `${users.join(', ')} ${users.length === 1 ? 'stands' : 'stand'} on it`,
      'destroy or remove those first',
    );
}

/** Throws 'exists' when the name is taken, 'misuse' when it can't be one. */
export function checkNewTemplate(store: Store, name: string, what: string): void {
  checkTemplateName(name, what);
  if (store.db.templates.get(name) !== null)
    throw new AppshotError(
      'exists',
      `${what} ${name}`,
      'there is already a template of that name',
      `choose another, or appshot rm ${name}`,
    );
}

export type NewTemplate = Omit<TemplateRow, 'created' | 'rulesText' | 'rulesFile'> & {
  readonly rules: { readonly text: string; readonly file: string } | null;
  /** Read-only layers, top first. */
  readonly layers: readonly string[];
};

/** Records a template and what it stands on, as one. Throws 'exists'. */
export function insertTemplate(store: Store, { rules, layers, ...row }: NewTemplate): void {
  store.db.transaction(() => {
    store.db.templates.insert({
      ...row,
      created: new Date().toISOString(),
      rulesText: rules?.text ?? null,
      rulesFile: rules?.file ?? null,
    });
    store.db.stacks.setForTemplate(row.name, layers);
  });
  store.layers.whole(store, layers);
}
