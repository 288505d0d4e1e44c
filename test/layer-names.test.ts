import test from 'ava';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
const note = `/tmp/appshot-layer-names-${process.pid}`;
test.after.always(async () => {
  await store.close();
  rmSync(note, { force: true });
});

/** Opens a file in the directory that the note names, and says by what name it has it when it is told to. */
const program = `
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
path = ''
while not path:
    time.sleep(0.02)
    if os.path.exists('${note}'): path = open('${note}').read().strip()
os.makedirs(path, exist_ok=True)
f = open(path + '/file', 'w+')
f.write('kept'); f.flush()
print('opened', flush=True)
signal.sigwait([signal.SIGUSR1])
f.write(' on'); f.flush()
print(open(path + '/file').read(), os.readlink('/proc/self/fd/%d' % f.fileno()) == path + '/file', flush=True)
`;

const says = (aid: string, words: string): Promise<void> =>
  eventually(async () => {
    const said = await store.ok('logs', aid);
    if (!said.includes(words)) throw new Error(`${aid} said: ${said}`);
  });

test('a file of an instance whose name is that of a layer on the host is that file in a clone', async (t) => {
  await store.run('source', [], ['python3', '-c', program]);
  const layer = join(store.home, 'data/layers', readdirSync(join(store.home, 'data/layers'))[0] ?? '');
  await store.ok('exec', 'source', '--', 'sh', '-c', `echo ${layer} >${note}`);
  await says('source', 'opened');
  await store.ok('commit', 'source', 'template');
  const [clone] = await store.clone('template');
  await store.ok('kill', '-s', 'USR1', 'source', clone?.aid ?? '');
  for (const aid of ['source', clone?.aid ?? '']) await t.notThrowsAsync(says(aid, 'kept on True'));
});
