// Four workers behind one listening socket, each with a worker thread that does the sums.
import cluster from 'node:cluster';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const NOTE = '/var/tmp/appshot-cluster-note';
if (!isMainThread) {
  parentPort.on('message', ({ id, n }) => {
    let sum = 0;
    for (let i = 1; i <= n; i++) sum += i;
    parentPort.postMessage({ id, sum });
  });
} else if (cluster.isPrimary) {
  for (let i = 0; i < 4; i++) cluster.fork();
} else {
  const thread = new Worker(new URL(import.meta.url));
  const waiting = new Map();
  let next = 0;
  thread.on('message', ({ id, sum }) => waiting.get(id)(sum));
  createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/note') appendFileSync(NOTE, `${searchParams.get('text')}\n`);
    const id = next++;
    waiting.set(id, (sum) => {
      waiting.delete(id);
      response.end(
        JSON.stringify({ pid: process.pid, sum, note: existsSync(NOTE) ? readFileSync(NOTE, 'utf8').trim().split('\n').at(-1) : '' }),
      );
    });
    thread.postMessage({ id, n: Number(searchParams.get('n') ?? 1000) });
  }).listen(8090);
}
