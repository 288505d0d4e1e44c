import { Worker } from 'node:worker_threads';
import { AppshotError } from '../errors.ts';
import type { FromWorker, Job, Results, ToWorker } from './jobs.ts';
import type { Manifest } from './manifest.ts';
import type { ImportTargets } from './read.ts';

const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** Does an archive's work in a thread of its own. `place` is asked where the parts of an import go. Throws AppshotError. */
export async function inWorker<K extends keyof Results>(
  job: Extract<Job, { kind: K }>,
  place?: (manifest: Manifest) => ImportTargets | Promise<ImportTargets>,
): Promise<Results[K]> {
  const worker = new Worker(entry, { workerData: job });
  try {
    return (await answer(worker, place)) as Results[K];
  } finally {
    await worker.terminate();
  }
}

function answer(worker: Worker, place: ((manifest: Manifest) => ImportTargets | Promise<ImportTargets>) | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new AppshotError('failed', 'archive', 'its worker ended early', 'see the daemon log'));
    });
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'done') resolve(message.result);
      else if (message.kind === 'failed') reject(AppshotError.fromJSON(message.error));
      else if (place !== undefined)
        Promise.resolve(message.manifest)
          .then(place)
          .then((targets) => {
            worker.postMessage({ kind: 'placed', targets } satisfies ToWorker);
          })
          .catch(reject);
    });
  });
}
