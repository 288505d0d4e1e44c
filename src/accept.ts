import { AppshotError } from './errors.ts';
import type { Store } from './store.ts';
import type { AcceptResult } from './types.ts';

/** Takes the layers that a template or an instance stands on as they are now, whoever changed them. Throws 'not-found'; 'gone' for a layer that is. */
export async function accept(store: Store, name: string): Promise<AcceptResult> {
  const what = `accept ${name}`;
  const template = store.db.templates.get(name);
  if (template === null && store.db.instances.get(name) === null)
    throw new AppshotError(
      'not-found',
      what,
      'there is no template and no instance of this name',
      'appshot ls and appshot ps -a list them',
    );
  const layers = template === null ? store.db.stacks.ofInstance(name) : store.db.stacks.ofTemplate(name);
  const accepted = await store.layers.accept(store, layers);
  const [lost] = store.layers.changes(layers);
  if (lost !== undefined)
    throw new AppshotError('gone', what, `layer ${lost.layer} can't be read`, 'put its directory back, or appshot rm what stands on it');
  // What was made ahead has seen the layers as they were.
  for (const other of new Set(accepted.flatMap(({ layer }) => store.db.stacks.templatesOn(layer)))) store.spares.renew(store, other);
  return {
    name,
    paths: accepted.flatMap(({ paths }) => paths),
    count: accepted.reduce((sum, { count }) => sum + count, 0),
  };
}
