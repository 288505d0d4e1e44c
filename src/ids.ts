import { addon } from '../native/addon.ts';
import { readTranslations } from '../vproc/kinds.ts';
import { filesOf, findInstance, findRunning } from './instances.ts';
import { pidPairs } from '../vproc/pid.ts';
import { portsOf } from '../vproc/port.ts';
import type { Store } from './store.ts';
import type { IdRow, PortRow } from './types.ts';
import { outOfReach, untranslatedPorts } from './untranslated-ports.ts';

/**
 * The translation tables of an instance: read from the kernel, folded into SQLite, and told from there. One without processes has none: what
 * its ids were bound to is no more, or somebody else's.
 */
export function ids(store: Store, aid: string): IdRow[] {
  const row = findInstance(store, aid, 'ids');
  if (row.state !== 'running') return [];
  const running = findRunning(store, aid, `ids ${aid}`);
  const { table } = filesOf(store, row);
  if (row.vproc === 'preload') addon().collectIds(table); // those of orphans that the init has reaped
  const now = readTranslations({ init: running.initPid, table });
  store.db.translations.set(
    aid,
    now.map((translation) => ({ ...translation, state: 'bound' })),
  );
  return store.db.translations.of(aid).map(({ type, virtual, system, state }) => ({ type, virtual, system, state }));
}

/** Port translations of one instance, or of all that run, and what ports their processes have untranslated. */
export function ports(store: Store, aid: string | undefined): PortRow[] {
  const rows = aid === undefined ? store.db.instances.list().filter((row) => row.state === 'running') : [findInstance(store, aid, 'ports')];
  return rows.flatMap((row) => {
    const { table } = filesOf(store, row);
    const translated = portsOf(table).map((port): PortRow => ({
      aid: row.aid,
      port: port.virtualPort,
      address: `127.0.0.1:${port.systemPort}`,
      protocol: port.type,
      public: port.pid === 0 ? port.systemPort : null,
    }));
    store.db.ports.set(
      row.aid,
      translated.map((port) => ({ protocol: port.protocol, virtual: port.port, system: systemOf(port), public: port.public })),
    );
    const pids = row.initPid === null ? [] : outOfReach(pidPairs(row.initPid, table));
    const own = untranslatedPorts(pids, new Set(translated.map(systemOf)));
    return [
      ...translated,
      ...own.map(({ port, protocol }) => ({ aid: row.aid, port, address: `127.0.0.1:${port}`, protocol, public: null })),
    ];
  });
}

const systemOf = (port: PortRow): number => Number(port.address.split(':').at(-1));
