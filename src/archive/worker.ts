/** A thread of the daemon that reads and writes archives: digests and files of gigabytes hold up nobody else's request. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { AppshotError } from '../errors.ts';
import { systemWords } from '../system-error.ts';
import type { FailureBody, FromWorker, Job, Results, ToWorker } from './jobs.ts';
import { mergeRuns } from './merge-layers.ts';
import { readArchive, type ImportTargets } from './read.ts';
import { unpackLayout } from './read-layout.ts';
import { writeArchive } from './write.ts';
import { writeLayout } from './write-layout.ts';
import type { Manifest } from './manifest.ts';

const tell = (message: FromWorker): void => {
  parentPort?.postMessage(message);
};

async function place(manifest: Manifest): Promise<ImportTargets> {
  if (parentPort === null) throw new Error('not in a worker');
  tell({ kind: 'place', manifest });
  const [answer] = (await once(parentPort, 'message')) as [ToWorker];
  return answer.targets;
}

function work(job: Job): Results[keyof Results] | Promise<Results[keyof Results]> {
  switch (job.kind) {
    case 'export':
      return writeArchive(job.plan);
    case 'layout':
      return writeLayout(job.plan);
    case 'import':
      return readArchive(job.file, job.what, place);
    case 'unpack':
      return unpackLayout(job.layout, job.into, job.what);
    case 'merge':
      return mergeRuns(job.layers, job.places);
  }
}

function failure(thrown: unknown, job: Job): FailureBody {
  if (thrown instanceof AppshotError) return thrown.toJSON();
  const { code, path, message } = thrown as NodeJS.ErrnoException;
  const what = 'plan' in job ? `export ${job.plan.template.name}` : job.what;
  const why = code === undefined ? message : `${path ?? ''}${path === undefined ? '' : ': '}${systemWords(thrown)}`;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { code: 'no-space', what, why: 'the disk is full', next: 'make room and try again; nothing was left behind' };
  return { code: code === 'EACCES' || code === 'EPERM' ? 'permission' : 'failed', what, why, next: 'nothing was left behind' };
}

const job = workerData as Job;
try {
  tell({ kind: 'done', result: await work(job) });
} catch (error) {
  tell({ kind: 'failed', error: failure(error, job) });
}
parentPort?.close();
