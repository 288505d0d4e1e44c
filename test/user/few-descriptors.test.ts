import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { UserStore } from './user-store.ts';

test('a view server that may open few files refuses one view too many in words, and serves the others', async (t) => {
  const store = await UserStore.open();
  try {
    const appshot = join(projectRoot, 'bin/appshot');
    // The store's programs are started by the first command, under its limits.
    const script = `ulimit -Sn 200; ulimit -Hn 200; export APPSHOT_HOME=${store.home} HOME=${store.scratch} NO_COLOR=1
      mkdir -p ${store.scratch}/root/d; echo text > ${store.scratch}/root/d/file
      ${appshot} create t --root ${store.scratch}/root > /dev/null || exit 10
      ${appshot} clone t -n 100 > /dev/null && exit 11
      ${appshot} ps -a -q | grep . && exit 12
      for i in $(seq 8); do cat $(${appshot} clone t --json | sed 's/.*"root":"\\([^"]*\\)".*/\\1/')/d/file || exit 13; done`;
    const { code, stdout, stderr } = await store.shell(script);
    t.is(stdout, 'text\n'.repeat(8), stderr);
    t.is(code, 0, stderr);
    t.regex(stderr, /^appshot: mount the root of t-\d+: the store has as many files open as it may .*ulimit -Hn.*\n$/);
  } finally {
    await store.close();
  }
});

/** Takes every descriptor that its hard limit allows, and gives some of them back when it is told to. */
const GREEDY = `
import os, signal, resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
try:
    while True: last = os.dup(0)
except OSError: pass
print("ready", last, flush=True)
signal.sigwait([signal.SIGUSR1])
os.closerange(340, last)
print("free", last, flush=True)
while True: signal.pause()
`;

test('an application that leaves a clone no descriptors is refused by a commit and a snapshot, in words, and taken once it does', async (t) => {
  const store = await UserStore.open();
  try {
    const appshot = join(projectRoot, 'bin/appshot');
    writeFileSync(join(store.scratch, 'greedy.py'), GREEDY);
    const script = `ulimit -Sn 400; ulimit -Hn 400; export APPSHOT_HOME=${store.home} HOME=${store.scratch} NO_COLOR=1
      ${appshot} run -d --aid greedy --wait-for 'log:^ready 399' -- python3 ${store.scratch}/greedy.py >/dev/null || exit 10
      ${appshot} commit greedy t && exit 11
      ${appshot} snapshot greedy && exit 12
      ${appshot} kill -s USR1 greedy || exit 13
      for i in $(seq 50); do ${appshot} logs greedy | grep -q free && break; sleep 0.1; done
      ${appshot} commit greedy t >/dev/null || exit 14
      ${appshot} clone t -n 2 >/dev/null || exit 15
      ${appshot} ps -a | grep -c running`;
    const { code, stdout, stderr } = await store.shell(script);
    t.is(stdout.trim().split('\n').at(-1), '3', `${stdout}${stderr}`);
    t.is(code, 0, stderr);
    const words = /process 2 has so many of the 400 descriptors in use that there may be \(ulimit -Hn\) that \d+ in a row are not free/g;
    t.is(stderr.match(words)?.length, 2, stderr);
  } finally {
    await store.close();
  }
});
