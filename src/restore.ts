import { AppshotError } from './errors.ts';
import { restoreFailure } from './clone.ts';
import { contextOf, filesOf, findInstance, layersOf, layerDirectory, markRunning, rulesOf } from './instances.ts';
import { mountRoot } from './instance-root.ts';
import { customPrefixes } from './rules/index.ts';
import type { Store } from './store.ts';
import type { InstanceStarted } from './types.ts';

const RESTORE_LIMIT_MS = 20_000;

/** FIG. 6 for an AID, called at step 300: brings a suspended instance back, with its own table, files and connections. */
export async function restore(store: Store, o: { aid: string }, arrived: number): Promise<InstanceStarted> {
  return store.locks.hold(`aid:${o.aid}`, async () => {
    const row = findInstance(store, o.aid, 'restore'); // step 302
    if (row.state !== 'suspended' || row.image === null)
      throw new AppshotError('busy', `restore ${o.aid}`, 'it is not suspended', `appshot snapshot ${o.aid} suspends it`);
    const image = await store.images.loadImage(store, row.image, `restore ${o.aid}`); // step 304
    const files = filesOf(store, row);
    const rules = store.rules.latest(rulesOf(row));
    const context = contextOf(row);
    if (!(await store.view.mounted()).includes(row.aid))
      await mountRoot(store, files, layerDirectory(store, row.upper), layersOf(store, row.aid), rules, context);
    const prefixes = customPrefixes(rules, context);
    const restored = await store.forge
      .restore({
        aid: row.aid,
        view: files.root,
        table: files.table,
        status: files.status,
        stdin: '/dev/null',
        stdout: files.stdout,
        stderr: files.stderr,
        records: image.records,
        pages: image.pages,
        direct: await image.direct(store, row.aid, prefixes),
        renames: prefixes.map((prefix) => [prefix.precustomised, prefix.evaluated] as const),
        keepConnections: true,
        timeoutMs: RESTORE_LIMIT_MS,
      })
      .catch((error: unknown) => {
        throw restoreFailure(`restore ${o.aid}`, error);
      }); // steps 308-332
    markRunning(store, row.aid, restored.init, restored.main);
    return {
      aid: row.aid,
      template: row.template,
      state: 'running',
      pids: restored.pids,
      ports: restored.ports.map((port) => ({ port: port.virtual, address: `127.0.0.1:${port.system}` })),
      root: files.root,
      ms: performance.now() - arrived,
    };
  });
}
