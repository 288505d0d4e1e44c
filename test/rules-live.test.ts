import test from 'ava';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

// The specification's three statements, in its own words.
const statements = `Define	<APPL-ID> as PROPERTY application-ID
REDIR PATH	"/var/tmp/appshot-rules/config" to "/var/tmp/appshot-app/<APPL-ID>/config"
SET ENV	"HOME" = "/var/tmp/appshot-app/<APPL-ID>"
`;
const program = `import os, signal, sys
f = open("/var/tmp/appshot-rules/config", "a+")
def tell(*_):
    f.write("written\\n"); f.flush(); f.seek(0)
    print(os.readlink("/var/tmp/appshot-rules/config"), len(f.readlines()), flush=True)
signal.signal(signal.SIGUSR1, tell)
print("ready", flush=True)
while True: signal.pause()
`;

test.serial("rules apply at run, and again at clone with the clone's own AID", async (t) => {
  const rules = join(store.home, 'app.rules');
  const script = join(store.home, 'app.py');
  writeFileSync(rules, statements);
  writeFileSync(script, program);
  await store.run('app', ['--rules', rules, '--wait-for', 'log:ready'], ['python3', script]);
  const home = (aid: string): Promise<string> => store.ok('exec', aid, '--', 'readlink', '/var/tmp/appshot-rules/config');
  t.is((await home('app')).trim(), '/var/tmp/appshot-app/app/config');
  await store.ok('kill', '-s', 'USR1', 'app');
  await eventually(async () => t.regex(await store.ok('logs', 'app'), /appshot-app\/app\/config 1/));
  await store.ok('commit', 'app', 'ruled');
  const clones = await store.clone('ruled', '-n', '2');
  for (const { aid, root } of clones) {
    t.is((await home(aid)).trim(), `/var/tmp/appshot-app/${aid}/config`);
    t.true(existsSync(join(root, `var/tmp/appshot-app/${aid}/config`)), 'what was redirected is there under its own name');
    t.false(existsSync(join(root, 'var/tmp/appshot-app/app')), "and not under the source's");
    await store.ok('kill', '-s', 'USR1', aid);
    await eventually(async () => t.regex(await store.ok('logs', aid), new RegExp(`appshot-app/${aid}/config 2`)));
  }
  t.is((await store.ok('exec', 'ruled-1', '--', 'sh', '-c', 'wc -l < /var/tmp/appshot-rules/config')).trim(), '2');
  t.is((await store.ok('exec', 'app', '--', 'sh', '-c', 'wc -l < /var/tmp/appshot-rules/config')).trim(), '1');
});

test.serial('a rule file that changes is read again for the next clone', async (t) => {
  const rules = join(store.home, 'watched.rules');
  writeFileSync(rules, 'SET ENV "COLOUR" = "red"\n');
  await store.run('watched', ['--rules', rules, '-e', 'COLOUR=unset-by-rule'], ['sleep', '1000']);
  await store.ok('commit', 'watched', 'coloured');
  writeFileSync(rules, 'SET ENV "COLOUR" = "blue"\nSET ENV "SHAPE" = "<APPL-ID>"\n');
  await eventually(async () => {
    const outcome = await store.ok('rules', 'explain', 'coloured', 'env', 'SHAPE', '--json');
    if (!outcome.includes('coloured-1')) throw new Error(outcome);
  });
  t.pass();
});
