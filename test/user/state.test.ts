import test from 'ava';
import { chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Binaries } from '../state/programs.ts';
import { queuesLike } from '../support/queues.ts';
import { eventually } from '../support/store.ts';
import { UserStore } from './user-store.ts';

const store = await UserStore.open();
const binaries = new Binaries();
test.after.always(async () => {
  await store.close();
  binaries.close();
});

/** Each is different without privileges in a way of its own: see native/checkpoint/dump/mapped-object.h for the first seven. */
const programs = [
  'shared-anonymous',
  'memfd',
  'mapped-names',
  'file-shared-mapping',
  'posix-shared-memory',
  'named-semaphores',
  'sysv-shared-memory',
  'removed-files',
  'inotify',
  'message-queues',
  'message-notification',
  'long-datagram-queues',
  'fifty-threads',
  'process-tree',
  'groups-and-sessions',
  'signals-queued',
  'process-settings',
  'autogroup-nice', // the kernel takes one in a tenth of a second
  'unix-pairs',
  'renamed-sockets',
  'tcp-inside',
  'heap-256-mib',
  'dontneed-raw',
];

/** Ids and what goes by them, where the library binds them. */
const bound = [
  'process-tree',
  'groups-and-sessions',
  'orphans',
  'thread-create-join',
  'ended-leader', // whose memory is reached by its other threads alone
  'held-locks',
  'zombies',
  'job-control',
  'blocked-calls',
  'sysv-shared-memory',
  'sysv-messages',
  'sem-undo',
  'message-queues',
  'process-descriptors',
  'async-owner',
  'proc-files',
  'timers-of-each-kind',
  'subreaper',
  'fork-and-exec',
  'signals-queued',
  'shared-ports',
  'message-notification',
  'unix-pairs',
];

/** Their instances are put away and brought back too: nothing of them may be left that stands in its way. */
const away = new Set(['message-queues', 'message-notification', 'sysv-messages']);

const mechanisms = [
  { mechanism: 'namespace', programs },
  { mechanism: 'preload', programs: bound },
];
for (const [mechanism, program] of mechanisms.flatMap(({ mechanism, programs }) =>
  programs.map((program) => [mechanism, program] as const),
)) {
  test.serial(`${program}, ${mechanism}: the source and two clones find their state`, async (t) => {
    const binary = binaries.path(program);
    chmodSync(dirname(binary), 0o755);
    await store.run('source', ['--vproc', mechanism, '--wait-for', 'log:^ready'], [binary]);
    await store.ok('commit', 'source', 'first');
    const aids = [...(await store.clone('first', '-n', '2')).map(({ aid }) => aid), 'source'];
    if (away.has(program)) for (const word of ['snapshot', 'restore']) await store.ok(word, aids[0] ?? '');
    await store.ok('kill', '-s', 'USR1', ...aids);
    await eventually(async () => {
      const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
      const wrong = rows.filter(({ state }) => state !== 'exited 0');
      if (wrong.length > 0) throw new Error(`${program}: ${JSON.stringify(wrong)} ${await store.ok('logs', wrong[0]?.aid ?? '')}`);
    });
    for (const aid of aids) t.is((await store.ok('logs', aid)).trimEnd().split('\n').at(-1), 'ok', aid);
    await store.ok('destroy', ...aids);
    await store.ok('rm', 'first');
  });
}

/** Of a process that is killed: queues that it has closed, more than a table has room for before, a named semaphore and shared memory. */
const LEAVES = `
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def made(name):
    queue = libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None)
    assert queue >= 0 and not libc.mq_send(queue, b'kept', 4, 3)
    os.close(queue)
for i in range(600): made(b'/user-%d-left' % i); libc.mq_unlink(b'/user-%d-left' % i)
made(b'/user-left'); made(b'/user-599-left')
assert libc.sem_open(b'/user-left', os.O_CREAT, 0o600, 1) and libc.shm_open(b'/user-left', os.O_CREAT | os.O_RDWR, 0o600) >= 0
print('ready', flush=True)
signal.pause()
`;
const TAKES = `
import ctypes
libc, text = ctypes.CDLL(None), ctypes.create_string_buffer(8192)
queue = libc.mq_open(b'/user-left', 2)
print(libc.mq_receive(queue, text, 8192, None), text.value.decode())
`;

for (const mechanism of ['namespace', 'preload'])
  test.serial(`what a killed process leaves by name is in a clone too, and goes with its instance, ${mechanism}`, async (t) => {
    await store.run('leaves', ['--vproc', mechanism, '--wait-for', 'log:^ready'], ['python3', '-c', LEAVES]);
    await store.ok('commit', 'leaves', 'left');
    const [clone] = await store.clone('left');
    const aids = ['leaves', clone?.aid ?? ''];
    for (const aid of aids) {
      t.is(await store.ok('exec', aid, '--', 'python3', '-c', TAKES), '4 kept\n');
      const rows = await store.json<{ type: string; virtual: string }>('ids', aid);
      const queues = rows.filter(({ type }) => type === 'mqueue').map(({ virtual }) => virtual);
      t.deepEqual(queues.sort(), ['/user-599-left', '/user-left']);
    }
    if (mechanism === 'preload' && process.getuid?.() === 0) t.is(queuesLike('-left').length, 2 * aids.length);
    await store.ok('kill', '-s', 'KILL', ...aids);
    await store.ok('destroy', ...aids);
    await store.ok('rm', 'left');
    t.deepEqual(queuesLike('-left'), []);
    t.deepEqual(
      readdirSync('/dev/shm').filter((name) => name.endsWith('user-left')),
      [],
    );
  });

/** What can't be part of a template, found where it takes another way than root's. */
const refused: readonly (readonly [program: string, words: RegExp])[] = [
  ['landlocked', /process \d+ is confined by Landlock, which can't be part of a template/],
  ['secret-memory', /memory that not even the kernel may read \(memfd_secret\) is in use/],
  ['process-keyring', /process \d+ has keys in a keyring of its own/],
  ['thread-keyring', /process \d+ has keys in a keyring of its own/],
  ['session-keyring', /process \d+ has keys in a session of its own/],
  ['seccomp-forbidding', /process \d+ has a seccomp filter that only root, under no filter himself, may look at/],
];

for (const [program, said] of refused) {
  test.serial(`${program}: a commit and a snapshot are refused before anything is sealed`, async (t) => {
    const binary = binaries.path(program);
    chmodSync(dirname(binary), 0o755);
    await store.run('source', ['--wait-for', 'log:^ready'], [binary]);
    const layers = (): string[] => readdirSync(join(store.home, 'data/layers')).sort();
    const before = layers();
    for (const words of [
      ['commit', 'source', 'first'],
      ['snapshot', 'source'],
    ]) {
      const { code, stderr } = await store.appshot(words);
      t.not(code, 0, words.join(' '));
      t.regex(stderr, said);
    }
    t.deepEqual(layers(), before);
    await store.ok('kill', '-s', 'USR1', 'source');
    await eventually(async () => {
      const [row] = await store.json<{ state: string }>('ps', '-a');
      if (row?.state !== 'exited 0') throw new Error(JSON.stringify(row));
    });
    await store.ok('destroy', 'source');
  });
}
