import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { InstanceRow } from '../db/index.ts';
import { addon } from '../native/addon.ts';
import { offsetOf } from './struct.ts';
import { readJournal, table as layout, type TableId } from '../vproc/table-layout.ts';
import { filesOf } from './instances.ts';
import type { Store } from './store.ts';

const EVERY_MS = 1000;

/**
 * Folds what processes claim under the preload mechanism into SQLite, in batches: each table's journal from where it was read last. Where the
 * journal is not enough (a writer was killed, it has gone round), the ids themselves are read, as `ids` does. They are read once more when a second
 * has gone by without a change: of a claim whose maker was killed before he had noted it, and of two notes in the wrong order, no gap tells.
 */
export class IdFolder {
  /** How far each one's journal has been read, by its AID; another life of that name has another journal. */
  readonly #seen = new Map<string, { readonly init: number | null; readonly head: bigint }>();
  readonly #unsettled = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #store: Store;
  readonly #readAgain: (aid: string) => void;

  constructor(store: Store, readAgain: (aid: string) => void) {
    this.#store = store;
    this.#readAgain = readAgain;
    this.#timer = setInterval(() => {
      this.foldAll();
    }, EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  foldAll(): void {
    const rows = this.#store.db.instances.list().filter((row) => row.vproc === 'preload' && row.state === 'running');
    for (const row of rows) {
      try {
        this.#fold(row, filesOf(this.#store, row).table);
      } catch (error) {
        this.#store.log('ids could not be folded', { aid: row.aid, error: String(error) });
      }
    }
    const left = new Set(rows.map(({ aid }) => aid));
    for (const aid of this.#seen.keys()) if (!left.has(aid)) this.#forget(aid);
  }

  #forget(aid: string): void {
    this.#seen.delete(aid);
    this.#unsettled.delete(aid);
  }

  #fold({ aid, initPid: init }: InstanceRow, path: string): void {
    const known = this.#seen.get(aid);
    const seen = known?.init === init ? known.head : undefined;
    if (headOf(path) === seen) {
      if (this.#unsettled.delete(aid)) this.#readAgain(aid);
      return;
    }
    this.#unsettled.add(aid);
    addon().collectIds(path); // those whose end nobody in the instance was told of
    const { changes, head } = readJournal(readFileSync(path), seen ?? 0n);
    if (changes === null || seen === undefined) this.#readAgain(aid);
    else
      this.#store.db.transaction(() => {
        for (const change of changes) this.#apply(aid, change);
      });
    this.#seen.set(aid, { init, head });
  }

  /** A system id that came back has another virtual one: the old translation goes first. */
  #apply(aid: string, { type, virtual, system, state }: TableId): void {
    const { translations } = this.#store.db;
    const old = translations.toVirtual(aid, type, system);
    if (old !== null) translations.remove(aid, type, old.virtual);
    translations.remove(aid, type, virtual);
    if (state === 'used') translations.insert(aid, { type, virtual, system });
  }
}

function headOf(path: string): bigint {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(8);
    readSync(fd, bytes, 0, 8, offsetOf(layout, 'journalHead'));
    return bytes.readBigUInt64LE();
  } finally {
    closeSync(fd);
  }
}
