/* global process, console, setInterval, clearInterval, __filename */
// A cluster of workers, children, signals and worker threads. Prints `ok`.
const assert = require('node:assert');
const cluster = require('node:cluster');
const { fork, spawn, execSync } = require('node:child_process');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const { once } = require('node:events');

async function main() {
  const worker = cluster.fork();
  const [{ pid, ppid }] = await once(worker, 'message');
  assert.deepStrictEqual([pid, ppid], [worker.process.pid, process.pid]);
  process.kill(pid, 'SIGTERM');
  const [, signal] = await once(worker, 'exit');
  assert.strictEqual(signal, 'SIGTERM');
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  const child = spawn('sh', ['-c', 'echo $$ $PPID; exec sleep 100']);
  const [line] = await once(child.stdout, 'data');
  assert.strictEqual(String(line).trim(), `${child.pid} ${process.pid}`);
  child.kill();
  await once(child, 'exit');
  assert.strictEqual(execSync('echo $PPID').toString().trim(), String(process.pid));
  const detached = fork(__filename, ['child'], { detached: true });
  await once(detached, 'message');
  process.kill(-detached.pid, 'SIGKILL');
  await once(detached, 'exit');
  const thread = new Worker(__filename);
  const [said] = await once(thread, 'message');
  assert.strictEqual(said, process.pid);
  const usr2 = once(process, 'SIGUSR2');
  const awake = setInterval(() => undefined, 1000); // a signal that is waited for keeps no event loop going
  process.kill(process.pid, 'SIGUSR2');
  await usr2;
  clearInterval(awake);
  console.log('ok');
}

if (!isMainThread) parentPort.postMessage(process.pid);
else if (process.argv[2] === 'child' || cluster.isWorker) {
  process.send({ pid: process.pid, ppid: process.ppid });
  setInterval(() => undefined, 1000);
} else main().catch((error) => (console.error(error), process.exit(1)));
