/**
 * One system call at a time fails: of the dumper while it commits, of the restorer while it clones. Each ends in a clear error
 * or in no harm: the source runs on, nothing is left behind, and the next commit or clone is as good as any. The same where the dumper is
 * killed in front of each.
 * APPSHOT_FAULTS=N takes every Nth call; 1 takes them all.
 */
import test, { type ExecutionContext } from 'ava';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { projectRoot, programs } from '../../native/programs.ts';
import { Appshot, AppshotError } from '../../src/appshot.ts';
import { storePaths } from '../../src/paths.ts';
import { childrenOf } from '../support/processes.ts';
import { eventually } from '../support/store.ts';
import { askOnce } from '../support/talk.ts';
import { endStore } from '../support/end-store.ts';

const EVERY = process.env['APPSHOT_FAULTS'] === undefined ? null : Number(process.env['APPSHOT_FAULTS']);
const ERRORS = [5, 12, 24]; // EIO, ENOMEM, EMFILE
const KILLED = -9;
const home = mkdtempSync(join(tmpdir(), 'appshot-test-faults-'));
const paths = storePaths({ APPSHOT_HOME: home });
const injector = join(home, 'inject');
const reportFile = join(home, 'report');
const plainDumper = programs.dump;

test.before(() => {
  execFileSync('gcc', [
    '-std=gnu11',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    injector,
    join(projectRoot, 'test/programs/faults/inject.c'),
  ]);
});

test.after.always(() => {
  endStore(home);
});

/** A parent and a child with a pipe between them, shared memory, a listener. */
const TREE = `
import mmap, os, socket
block = mmap.mmap(-1, 8192)
down, up = os.pipe(), os.pipe()
if os.fork() == 0:
    while os.read(down[0], 1): block[0] = (block[0] + 1) % 256; os.write(up[1], b'y')
    os._exit(0)
s = socket.socket(); s.bind(('127.0.0.1', 9901)); s.listen(20)
while True:
    c, _ = s.accept(); os.write(down[1], b'x'); os.read(up[0], 1)
    try: c.sendall(b'%d\\n' % block[0])
    except OSError: pass
    c.close()
`;

/** One process, which counts only as long as it has what lists, queues and injected calls alone tell of. */
const SINGLE = `
import ctypes, mmap, os, select, signal, socket, threading, time
libc = ctypes.CDLL(None, use_errno=True)
word, RT = ctypes.c_ulong, 50
timer, event = ctypes.c_void_p(), (ctypes.c_long * 8)(0, signal.SIGALRM)
setting, now = (ctypes.c_long * 4)(3600, 0, 3600, 0), (ctypes.c_long * 4)()
assert not libc.timer_create(1, event, ctypes.byref(timer)) and not libc.timer_settime(timer, 0, setting, None)
signal.setitimer(signal.ITIMER_VIRTUAL, 3600)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, RT])
os.kill(os.getpid(), signal.SIGUSR2)
threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
memory = os.memfd_create('block'); os.ftruncate(memory, 4096); block = mmap.mmap(memory, 4096)
s = socket.socket(); s.bind(('127.0.0.1', 9901)); s.listen(20)
events = select.epoll(); events.register(s, select.EPOLLIN)
open('/proc/self/coredump_filter', 'w').write('0x7f')
nice = os.nice(3); assert not libc.prctl(41, 1, 0, 0, 0) # PR_SET_THP_DISABLE
libc.syscall(251, 1, 0, 2 << 13 | 6) # ioprio_set
bound = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); bound[0] = 7
at = ctypes.addressof(ctypes.c_char.from_buffer(bound))
assert not libc.syscall(237, word(at), word(8192), 2, ctypes.byref(word(1)), word(65), 0) # mbind
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 9); u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 9000)
group = socket.inet_aton('239.255.67.33') + socket.inet_aton('127.0.0.1'); u.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
room = u.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
queue = libc.mq_open(b'/q', os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o600, None); assert queue >= 0 and not libc.mq_send(queue, b'text', 4, 3)
told = (ctypes.c_long * 8)(42, RT); assert not libc.mq_notify(queue, told)
KEY = 5193
assert not libc.semctl(libc.semget(KEY, 1, 0o1600), 0, 16, 7) and not libc.msgsnd(libc.msgget(KEY, 0o1600), (ctypes.c_long * 2)(1, 65), 8, 0) # SETVAL
segment = libc.shmget(KEY, 4096, 0o1600); assert segment >= 0
def objects():
    room, messages = (ctypes.c_long * 2)(), libc.msgget(KEY, 0)
    got = libc.msgrcv(messages, room, 8, 0, 0o4000); libc.msgsnd(messages, room, 8, 0)
    return [libc.semctl(libc.semget(KEY, 0, 0), 0, 12), got, room[1], libc.shmget(KEY, 0, 0) == segment] # GETVAL
def asked(): # or told of a message: then it asks again, as any program does
    was_told = signal.sigtimedwait([RT], 0) is not None
    return was_told if libc.mq_notify(queue, told) == 0 else ctypes.get_errno() == 16
def settings():
    mode, attributes = ctypes.c_int(), (ctypes.c_long * 8)()
    libc.syscall(239, ctypes.byref(mode), 0, word(0), word(at), 2); libc.mq_getattr(queue, attributes) # get_mempolicy
    u.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, group); u.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    return [open('/proc/self/coredump_filter').read().strip(), os.nice(0), libc.prctl(42, 0, 0, 0, 0), libc.syscall(252, 1, 0), mode.value, bound[0],
            u.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), u.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), attributes[3]]
usual = settings(); assert usual[1:] == [nice, 1, 2 << 13 | 6, 2, 7, 9, room, 1], usual
def whole():
    libc.timer_gettime(timer, now)
    return [now[2] > 0, signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0, signal.SIGUSR2 in signal.sigpending(), len(os.listdir('/proc/self/task')) == 2,
            settings() == usual, objects() == [7, 8, 65, True], asked()]
while True:
    events.poll()
    c, _ = s.accept()
    block[0] = (block[0] + 1) % 256
    state = whole()
    try: c.sendall(b'%d\\n' % block[0] if all(state) else b'not whole: %s\\n' % str(state).encode())
    except OSError: pass
    c.close()
`;

function useDumper(program: string): void {
  (programs as { dump: string }).dump = program;
}

/** The dumper, with its Nth system call failing. */
function faultyDumper(n: number, error: number): string {
  const wrapper = join(home, 'dumper');
  rmSync(reportFile, { force: true });
  writeFileSync(wrapper, `#!/bin/sh\nexec ${injector} ${n} ${error} ${reportFile} -- ${plainDumper} "$@"\n`);
  chmodSync(wrapper, 0o755);
  return wrapper;
}

function reported(): { count: number; call: number } {
  const [count = 0, call = -1] = existsSync(reportFile) ? readFileSync(reportFile, 'latin1').trim().split(' ').map(Number) : [];
  return { count, call };
}

/** Which calls are made to fail: all, or about two dozen spread over them. */
function points(count: number): number[] {
  const step = EVERY ?? Math.max(1, Math.floor(count / 24));
  return Array.from({ length: Math.floor(count / step) }, (_, i) => 1 + i * step);
}

function mounts(): number {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${home}/`)).length;
}

const answer = async (address: string): Promise<number> => Number((await askOnce(address, '', /^(\d+)\n/))[1]);

async function failure(work: Promise<unknown>): Promise<AppshotError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof AppshotError) return error;
    throw error;
  }
}

/** Whether a clone of the template is made and answers; what is wrong with it, or null. */
async function wrongWith(appshot: Appshot, template: string): Promise<string | null> {
  try {
    const [clone] = await appshot.clone({ template });
    const address = clone?.ports[0]?.address;
    const wrong = address === undefined ? 'a clone without its port' : await answer(address).then(() => null, String);
    await appshot.destroy({ aids: [clone?.aid ?? ''] });
    return wrong;
  } catch (error) {
    return String(error);
  }
}

/** What went wrong at each point: the points behind it are tried too. */
class Problems {
  readonly #found: string[] = [];

  /** Throws nothing: what `work` throws is kept, with `what` had failed. */
  async at(t: ExecutionContext, what: () => string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#found.push(`${what()}: ${String(error)}`);
      t.log(this.#found.at(-1) ?? '');
    }
  }

  get count(): number {
    return this.#found.length;
  }

  check(t: ExecutionContext): void {
    t.deepEqual(this.#found, []);
  }
}

function demand(holds: boolean, words: string): void {
  if (!holds) throw new Error(words);
}

async function failDumper(t: ExecutionContext, program: string, errors: readonly number[]): Promise<void> {
  t.timeout(14_400_000);
  const appshot = await Appshot.open({ paths });
  try {
    const start = async (): Promise<string> => {
      const command = ['python3', '-c', program];
      const source = await appshot.run({ aid: 'source', command, cwd: '/', waitFor: { kind: 'port', port: 9901 } });
      return source.ports[0]?.address ?? (await appshot.ports({ aid: 'source' }))[0]?.address ?? '';
    };
    let address = await start();
    let last = await answer(address);
    useDumper(faultyDumper(0, 5));
    await appshot.commit({ aid: 'source', template: 'counted' });
    const { count } = reported();
    t.true(count > 100, `only ${count} system calls were seen`);
    await appshot.rm({ templates: ['counted'] });
    const images = readdirSync(join(home, 'data/images')).length;
    const mountsBefore = mounts();
    let failures = 0;
    const problems = new Problems();
    let soundUntil = 0;
    for (const [tried, n] of points(count).entries()) {
      // A source that has been damaged would fail at all that follows, and each commit that succeeds leaves it one layer more.
      if (problems.count > soundUntil || tried % 100 === 99) {
        useDumper(plainDumper);
        soundUntil = problems.count;
        await appshot.destroy({ aids: ['source'] });
        await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
        address = await start();
        last = await answer(address);
      }
      const error = errors[n % errors.length] ?? 5;
      useDumper(faultyDumper(n, error));
      const refused = await failure(appshot.commit({ aid: 'source', template: 'faulty' }));
      const what = `system call ${n} of ${count} (number ${reported().call}) failing with ${error}: ${refused?.message ?? 'no error'}`;
      if (refused !== null) failures++;
      await problems.at(
        t,
        () => what,
        async () => {
          const [before, now] = [last, await answer(address)];
          last = now;
          demand(now === (before + 1) % 256, `the source answered ${now} after ${before}`);
          const listed = (await appshot.ls({})).some((row) => row.name === 'faulty');
          demand(listed === (refused === null), listed ? 'the template is listed' : 'the template is not listed');
          if (refused === null) {
            const wrong = await wrongWith(appshot, 'faulty');
            await appshot.rm({ templates: ['faulty'] });
            demand(wrong === null, `the clone: ${wrong ?? ''}`);
          } else {
            demand(refused.message.includes('source') && !refused.message.includes('\n'), 'no clear words');
          }
          await eventually(() => {
            demand(mounts() <= mountsBefore, `${mounts() - mountsBefore} mounts are left`);
          });
          demand(readdirSync(join(home, 'data/images')).length === images, 'an image is left');
        },
      );
    }
    problems.check(t);
    t.true(failures > 3, 'some calls matter');
    useDumper(plainDumper);
    await appshot.commit({ aid: 'source', template: 'after' });
    t.is(await wrongWith(appshot, 'after'), null, 'a commit after all the failed ones');
    t.log(`${points(count).length} of ${count} system calls failed one at a time: ${failures} commits refused`);
  } finally {
    useDumper(plainDumper);
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.rm({ templates: (await appshot.ls({})).map((row) => row.name) });
    await appshot.close();
  }
}

test.serial('every system call of the dumper may fail: a tree runs on, and nothing is left', failDumper, TREE, ERRORS);
test.serial(
  'every system call of the dumper may fail: a process with all that is hard to see runs on, and nothing is left',
  failDumper,
  SINGLE,
  ERRORS,
);
test.serial('the dumper may be killed at every system call: a tree runs on, and nothing is left', failDumper, TREE, [KILLED]);
test.serial(
  'the dumper may be killed at every system call: a process with all that is hard to see runs on, and nothing is left',
  failDumper,
  SINGLE,
  [KILLED],
);

const forgePid = (): number => Number(readFileSync(join(home, 'run/forge.sock.pid'), 'latin1'));

/** The forge, and the inits that wait for an order: those that have no processes yet. */
function forgeAndSpares(): number[] {
  const forge = forgePid();
  return [forge, ...childrenOf(forge).filter((pid) => childrenOf(pid).length === 0)];
}

/** Resolves once no clone is being made ahead: what fails next is to be the one that is asked for. */
async function shelfIsFull(): Promise<void> {
  let before = '';
  for (let same = 0; same < 4;) {
    await sleep(50);
    const now = childrenOf(forgePid()).join(' ');
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** Joins the forge; resolves once every call of its children is looked at. */
async function faultyForge(n: number, error: number): Promise<() => Promise<{ count: number; call: number }>> {
  rmSync(reportFile, { force: true });
  await shelfIsFull();
  const child = spawn(injector, [String(n), String(error), reportFile, ...forgeAndSpares().map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    return reported();
  };
}

test.serial('every system call of the restorer may fail: no clone, a clear error, and nothing is left', async (t) => {
  t.timeout(14_400_000);
  const appshot = await Appshot.open({ paths });
  try {
    await appshot.run({ aid: 'source', command: ['python3', '-c', TREE], cwd: '/', waitFor: { kind: 'port', port: 9901 } });
    const before = mounts();
    await appshot.commit({ aid: 'source', template: 'template' });
    t.is(await wrongWith(appshot, 'template'), null);
    const count = await countRestore(appshot);
    t.true(count > 100, `only ${count} system calls were seen`);
    let failures = 0;
    const problems = new Problems();
    for (const n of points(count)) {
      const error = ERRORS[n % ERRORS.length] ?? 5;
      const stop = await faultyForge(n, error);
      let made: string | undefined;
      const refused = await failure(
        appshot.clone({ template: 'template', aid: 'faulty' }).then(([clone]) => (made = clone?.ports[0]?.address)),
      );
      const { call } = await stop();
      const what = `system call ${n} of ${count} (number ${call}) failing with ${error}: ${refused?.message ?? 'no error'}`;
      if (refused !== null) failures++;
      await problems.at(
        t,
        () => what,
        async () => {
          const listed = (await appshot.ps({ all: true })).some((row) => row.aid === 'faulty');
          demand(listed === (refused === null), listed ? 'the clone is listed' : 'the clone is not listed');
          if (refused === null) {
            if (call === -1) await answer(made ?? '');
            await appshot.destroy({ aids: ['faulty'] });
          } else {
            demand(!refused.message.includes('\n'), 'no clear words');
          }
          const wrong = await wrongWith(appshot, 'template');
          demand(wrong === null, `the next clone: ${wrong ?? ''}`);
        },
      );
    }
    problems.check(t);
    // Roots that are kept ready for the next clone go with their template.
    await appshot.rm({ templates: ['template'] });
    await eventually(() => {
      if (mounts() > before) throw new Error(`${mounts() - before} mounts are left`);
    });
    t.true(failures > 3, 'some calls matter');
    t.log(`${points(count).length} of ${count} system calls failed one at a time: ${failures} clones refused`);
  } finally {
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.close();
  }
});

async function countRestore(appshot: Appshot): Promise<number> {
  const stop = await faultyForge(0, 5);
  await appshot.clone({ template: 'template', aid: 'counted' });
  const { count } = await stop();
  await appshot.destroy({ aids: ['counted'] });
  return count;
}
