/** A thread of the daemon that digests one file, after all others: its SHA-256, holes as zeros. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';

const LAST = 19;
const BLOCK = 1 << 20;

setPriority(0, LAST); // of this thread alone
const file = openSync(workerData as string, 'r');
const hash = createHash('sha256');
const block = Buffer.alloc(BLOCK);
for (;;) {
  const read = readSync(file, block, 0, BLOCK, null);
  if (read === 0) break;
  hash.update(block.subarray(0, read));
}
closeSync(file);
parentPort?.postMessage(hash.digest());
parentPort?.close();
