/** What the archive worker is asked, and what it asks and answers: plain data only, as it crosses between threads. */
import type { ErrorCode } from '../errors.ts';
import type { Manifest } from './manifest.ts';
import type { ImportTargets, ReadArchive } from './read.ts';
import type { ExportPlan } from './write.ts';
import type { LayoutPlan } from './write-layout.ts';
import type { MergedRun } from './merge-layers.ts';
import type { UnpackedLayer } from './read-layout.ts';

export type Job =
  | { readonly kind: 'export'; readonly plan: ExportPlan }
  | { readonly kind: 'layout'; readonly plan: LayoutPlan }
  | { readonly kind: 'import'; readonly file: string; readonly what: string }
  /** Layers of an OCI image layout, each into a directory of its own below `into`. */
  | { readonly kind: 'unpack'; readonly layout: string; readonly into: string; readonly what: string }
  /** Layers that lie one upon the other, top first, and for each a place. */
  | { readonly kind: 'merge'; readonly layers: readonly string[]; readonly places: readonly string[]; readonly what: string };

export interface Results {
  readonly export: number;
  readonly layout: number;
  readonly import: ReadArchive;
  readonly unpack: readonly UnpackedLayer[];
  readonly merge: readonly MergedRun[];
}

export interface FailureBody {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly next: string | null;
}
export type FromWorker =
  | { readonly kind: 'done'; readonly result: Results[keyof Results] }
  | { readonly kind: 'failed'; readonly error: FailureBody }
  /** The archive's manifest was read: where do its parts go? */
  | { readonly kind: 'place'; readonly manifest: Manifest };
export type ToWorker = { readonly kind: 'placed'; readonly targets: ImportTargets };
