import test from 'ava';
import { TestStore } from '../support/store.ts';
import { Compiled, groupPrograms, runPlain } from './compiled.ts';

const compiled = new Compiled();
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  compiled.close();
});

/** The same program without Appshot and under each mechanism: it must see the same. */
for (const program of groupPrograms())
  test.serial(`${program}, plainly and under both mechanisms`, async (t) => {
    t.timeout(120_000);
    const binary = compiled.make(program);
    const plain = await runPlain(binary);
    t.true(plain.code === 0 && plain.output.endsWith('ok\n'), `without Appshot: ${plain.output}`);
    for (const mechanism of ['namespace', 'preload']) {
      const { code, stdout, stderr } = await store.appshot(['run', '--rm', '--vproc', mechanism, '--', binary]);
      t.true(code === 0 && stdout.endsWith('ok\n'), `${mechanism}: ${stdout}${stderr}`);
    }
  });
