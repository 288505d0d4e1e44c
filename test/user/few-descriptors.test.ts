import test from 'ava';
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
