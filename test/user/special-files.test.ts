import test from 'ava';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { UserStore } from './user-store.ts';

/** They can't carry the attribute that keeps a copy's inode number, where only user attributes may be set. */
test('without root, what a layer has of links, fifos and sockets is there under a new name at once', async (t) => {
  const store = await UserStore.open();
  try {
    const script = `export APPSHOT_HOME=${store.home} HOME=${store.scratch} NO_COLOR=1; set -e; umask 022; mkdir ${store.scratch}/root; cd ${store.scratch}/root
      mkdir d; ln -s target link; mkfifo fifo; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'; ln fifo d/second
      cd /; ${join(projectRoot, 'bin/appshot')} create t --root ${store.scratch}/root > /dev/null
      cd $(${join(projectRoot, 'bin/appshot')} clone t --json | sed 's/.*"root":"\\([^"]*\\)".*/\\1/')
      for name in link fifo socket; do
        was=$(stat -c '%F %i' $name)
        mv $name d/new-$name
        test "$(stat -c '%F %i' d/new-$name)" = "$was"
        test ! -e $name
        ls -l d > /dev/null
        test "$(stat -c '%F %i' d/new-$name)" = "$was"
        mv d/new-$name $name-again
        test "$(stat -c '%F %i' $name-again)" = "$was"
      done
      test "$(readlink link-again)" = target; chmod 600 fifo-again; test "$(stat -c '%a %h' fifo-again)" = '600 2'; test -p d/second
      exec 3<> fifo-again; rm fifo-again; echo through >&3; read word <&3; echo $word; find . -maxdepth 1 '(' -name 'link*' -o -name 'fifo*' -o -name 'socket*' ')' | sort | tr '\\n' ' '`;
    const { code, stdout, stderr } = await store.shell(script);
    t.deepEqual([code, stdout, stderr], [0, 'through\n./link-again ./socket-again ', '']);
  } finally {
    await store.close();
  }
});
