/** The kernel counts the bytes of a user's message queues over all of his instances: 819200 are usual. */
import test from 'ava';
import { readFileSync } from 'node:fs';
import { TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

const HELD = `
import ctypes, os, signal
libc = ctypes.CDLL(None)
queue = libc.mq_open(b'/appshot-held', os.O_CREAT | os.O_RDWR, 0o600, None)
assert queue >= 0 and not libc.mq_send(queue, b'text', 4, 3)
print('ready', flush=True)
while signal.sigwait([signal.SIGUSR1]): pass
`;
const MANY = 14;

const limit = Number(/^Max msgqueue size +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
const usual = limit === 819_200 ? test.serial : test.serial.skip;

usual(`more message queues than may be, where ulimit -Hq is the usual one: ${MANY} clones are refused in words that say so`, async (t) => {
  t.timeout(120_000);
  await store.run('source', ['--wait-for', 'log:^ready'], ['python3', '-c', HELD]);
  await store.ok('commit', 'source', 'queued');
  const { code, stderr } = await store.appshot(['clone', 'queued', '-n', String(MANY)]);
  t.is(code, 1);
  t.regex(stderr, /^appshot: clone queued: .*make the message queue .*: Too many open files; .*ulimit -Hq.*\n$/);
  const [clone] = await store.clone('queued');
  const rows = await store.json<{ type: string }>('ids', clone?.aid ?? '');
  t.is(rows.filter(({ type }) => type === 'mqueue').length, 1, 'nothing was left of the others');
});
