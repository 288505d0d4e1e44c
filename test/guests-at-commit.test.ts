/** What `exec` brought into an instance is no part of it, and stands still with it while a commit looks. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { childrenOf } from './support/processes.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
const directory = mkdtempSync(join(tmpdir(), 'appshot-guests-'));
const counted = join(directory, 'counted');
const guests: Guest[] = [];

test.before(() => {
  const source = join(projectRoot, 'test/programs/guests/counted.c');
  execFileSync('gcc', ['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror', '-o', counted, source]);
});
test.after.always(async () => {
  for (const guest of guests) await end(guest);
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Guest {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Host pids of the command and all below it; the first is of what joined the instance for it. */
  readonly pids: () => number[];
}

/** `exec`, whose command says a word when it has begun. */
async function bring(aid: string, word: string, command: readonly string[]): Promise<Guest> {
  const plan = await store.operations.exec({ aid, command, cwd: '/' });
  const child = spawn(plan.program, [...plan.args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const guest = { child, ended: once(child, 'close'), pids: () => below(child.pid ?? 0) };
  guests.push(guest);
  await eventually(() => {
    if (!said.includes(word)) throw new Error(`it said ${said}`);
  });
  return guest;
}

const below = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(below)];

/** Its command is killed first, so that what joined the instance for it sees that. */
async function end({ child, ended, pids }: Guest): Promise<void> {
  for (const pid of child.exitCode === null ? pids().reverse() : []) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
  await ended;
}

/** What the instance of that name says it holds. */
async function held(aid: string): Promise<number[]> {
  const { stdout } = await store.operations.logs({ aid });
  await store.operations.kill({ aids: [aid], signal: 'SIGUSR1' });
  await store.operations.wait({ aid });
  const lines = readFileSync(stdout, 'utf8').trimEnd().split('\n');
  if (lines.at(-1) !== 'ok') throw new Error(`${aid} said ${lines.join('; ')}`);
  return (lines.at(-2) ?? '').split(' ').map(Number);
}

async function countedAtOnce(t: ExecutionContext, template: string, source: string): Promise<number> {
  const { processes } = await store.operations.commit({ aid: source, template });
  t.is(processes, 1, 'the guest is no part of it');
  const [clone] = await store.operations.clone({ template });
  const numbers = await held(clone?.aid ?? '');
  t.deepEqual(
    numbers,
    [...numbers].sort((a, b) => b - a),
    'each was written after the one before it',
  );
  t.true((numbers[0] ?? 0) - (numbers.at(-1) ?? 0) <= 1, `all of one moment: ${numbers.join(' ')}`);
  await store.operations.destroy({ aids: [clone?.aid ?? ''] });
  return numbers[0] ?? 0;
}

const ROUNDS = 10;

for (const vproc of ['namespace', 'preload'] as const)
  test.serial(`what a command of exec writes all the while is of one moment in a template, ${vproc}`, async (t) => {
    t.timeout(240_000);
    const source = `counted-${vproc}`;
    await store.operations.run({ aid: source, command: [counted, 'keep'], cwd: '/', vproc, waitFor: { kind: 'log', pattern: '^ready' } });
    const writer = await bring(source, 'counting', [counted, 'write']);
    let last = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const count = await countedAtOnce(t, `${source}-${round}`, source);
      t.true(count > last, 'it went on counting after the last commit');
      last = count;
    }
    await end(writer);
    await store.operations.destroy({ aids: [source] });
  });

/** State and tracer of a process, as /proc has them. */
function seen(pid: number): { state: string; tracer: string } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const word = (key: string): string => new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  return { state: word('State'), tracer: word('TracerPid') };
}

test.serial(
  'commands that make processes all the while, one that waits, and one that is stopped, are as they were after a commit',
  async (t) => {
    t.timeout(240_000);
    await store.operations.run({ aid: 'busy', command: ['sleep', '1000'], cwd: '/' });
    const forking = await bring('busy', 'up', ['sh', '-c', 'echo up; while :; do /bin/true; done']);
    const waiting = await bring('busy', 'up', ['sh', '-c', 'echo up; sleep 1000; echo woken']);
    const stopped = await bring('busy', 'up', ['sh', '-c', 'echo up; kill -STOP $$']);
    const threads = await bring('busy', 'up', [
      'python3',
      '-c',
      'import threading\nfor i in range(20): threading.Thread(target=threading.Event().wait).start()\nprint("up", flush=True)',
    ]);
    for (let round = 0; round < ROUNDS; round++) {
      const { processes } = await store.operations.commit({ aid: 'busy', template: `busy-${round}` });
      t.is(processes, 1);
    }
    for (const [guest, states] of [
      [forking, 'RSD'],
      [waiting, 'S'],
      [stopped, 'ST'],
      [threads, 'S'],
    ] as const)
      await eventually(() => {
        for (const pid of guest.pids()) {
          const { state, tracer } = seen(pid);
          if (!states.includes(state) || tracer !== '0') throw new Error(`process ${pid} is in state ${state}, traced by ${tracer}`);
        }
      });
    t.is(seen(stopped.pids()[1] ?? 0).state, 'T');
    for (const guest of [forking, waiting, stopped, threads]) await end(guest);
    await store.operations.destroy({ aids: ['busy'] });
  },
);

test.serial('a command that somebody traces is left alone, and the commit is made', async (t) => {
  const tracing = `
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    while True: time.sleep(0.01)
assert libc.ptrace(0x4206, pid, None, None) == 0
print('up', flush=True)
while True: time.sleep(0.01)`;
  await store.operations.run({ aid: 'traced', command: ['sleep', '1000'], cwd: '/' });
  const guest = await bring('traced', 'up', ['python3', '-c', tracing]);
  const { processes } = await store.operations.commit({ aid: 'traced', template: 'traced' });
  t.is(processes, 1);
  await end(guest);
  await store.operations.destroy({ aids: ['traced'] });
});
