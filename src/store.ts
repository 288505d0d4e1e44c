import type { Database } from '../db/index.ts';
import type { ViewServer } from '../fs/view-server.ts';
import type { Forge } from '../native/forge.ts';
import type { EndWatchers } from './end-watchers.ts';
import type { ImageCache } from './image-cache.ts';
import type { Lessons } from './lessons.ts';
import type { LayerWatch } from './layer-watch.ts';
import type { Library } from './library.ts';
import type { KeyedLock } from './keyed-lock.ts';
import type { StorePaths } from './paths.ts';
import type { PagesDigests } from './pages-digests.ts';
import type { Spares } from './spares.ts';
import type { RuleFiles } from './rule-files.ts';
import type { UntouchedUppers } from './untouched-uppers.ts';
import type { Wakefulness } from './wakefulness.ts';

/** What every operation works on: one store's records and the native programs that serve it. */
export interface Store {
  readonly paths: StorePaths;
  readonly db: Database;
  readonly view: ViewServer;
  readonly forge: Forge;
  readonly images: ImageCache;
  readonly digests: PagesDigests;
  readonly library: Library;
  readonly spares: Spares;
  readonly lessons: Lessons;
  readonly wakefulness: Wakefulness;
  /** What another hand changes in sealed layers. */
  readonly layers: LayerWatch;
  readonly uppers: UntouchedUppers;
  readonly rules: RuleFiles;
  /** Serialises what is done to one AID (`aid:NAME`) or template (`template:NAME`). */
  readonly locks: KeyedLock;
  readonly watchers: EndWatchers;
  /** Told of an instance that has ended and is to be removed then. */
  ended(aid: string): void;
  /** Words for the log. */
  log(message: string, details?: Readonly<Record<string, unknown>>): void;
}
