/** A thread of the daemon that looks at layers: a tree of a hundred thousand files holds up nobody's request. */
import { parentPort, workerData } from 'node:worker_threads';
import { lookAtLayer, type LayerLook, type LookOrder } from './layer-look.ts';
import { systemWords } from './system-error.ts';

export interface LookJob {
  readonly layers: readonly LookOrder[];
  /** Nobody waits: it takes no more than a fifth of a processor. */
  readonly unhurried: boolean;
}
/** One for each layer, in their order. */
export type LookAnswer = LayerLook | { readonly failed: string };

const { layers, unhurried } = workerData as LookJob;

let resumed = performance.now();
function pause(): void {
  if (!unhurried) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, (performance.now() - resumed) * 4);
  resumed = performance.now();
}

function look(order: LookOrder): LookAnswer {
  try {
    return lookAtLayer(order, pause);
  } catch (error) {
    return { failed: systemWords(error) };
  }
}

parentPort?.postMessage(layers.map(look));
parentPort?.close();
