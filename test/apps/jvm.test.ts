import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { get } from '../support/http.ts';
import { TestStore } from '../support/store.ts';

const store = new TestStore();
const classes = mkdtempSync('/var/tmp/appshot-java-');
test.after.always(async () => {
  await store.close();
  rmSync(classes, { recursive: true, force: true });
});

test.serial('a JVM with a thread pool: clones answer, collect garbage and write files of their own', async (t) => {
  execFileSync('javac', ['-d', classes, join(projectRoot, 'test/programs/apps/Hello.java')]);
  await store.run('jvm', ['--wait-for', 'port:8081'], ['java', '-Xmx256m', '-cp', classes, 'Hello']);
  const source = await store.address('jvm', 8081);
  for (let i = 0; i < 20; i++) await get(source);
  const [pid = ''] = (await get(source)).split(' ');
  await store.ok('commit', 'jvm', 'java');
  const clones = await store.clone('java', '-n', '3');
  for (const clone of clones) {
    const address = await store.address(clone.aid, 8081);
    const answers = [];
    for (let i = 0; i < 200; i++) answers.push(await get(address, i === 0 ? `/?of-${clone.aid}` : '/'));
    t.is(answers.at(-1)?.trim(), `${pid} 221 of-${clone.aid}`);
  }
  t.is((await get(source)).trim(), `${pid} 22`);
});
