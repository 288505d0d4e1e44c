import test from 'ava';
import { join } from 'node:path';
import { eventually } from '../support/store.ts';
import { UserStore } from './user-store.ts';

const store = await UserStore.open();
test.after.always(() => store.close());

test.serial("files copied into a user's template: by its own links, its directories as they were, a clone has them", async (t) => {
  const root = join(store.scratch, 'root');
  const made = await store.shell(
    `set -e; mkdir -p ${root}/run ${root}/var ${root}/tmp; chmod 1777 ${root}/tmp; ln -s /run ${root}/var/run; cd ${store.scratch}; echo new > new`,
  );
  t.is(made.code, 0, made.stderr);
  await store.ok('create', 'files', '--root', root);
  await store.ok('cp', join(store.scratch, 'new'), 'files:/var/run/new');
  await store.ok('cp', join(store.scratch, 'new'), 'files:/tmp/new');
  const names = async (target: string): Promise<string[]> =>
    (await store.json<{ name: string; mode: string }>('ls', target)).map(({ name, mode }) => `${name} ${mode}`);
  t.deepEqual(await names('files:/run'), ['new 0644']);
  t.true((await names('files:/')).includes('tmp 1777'));
  await store.ok('cp', 'files:/var/run/new', join(store.scratch, 'out'));
  t.is((await store.shell(`cat ${store.scratch}/out`)).stdout, 'new\n');
  await store.ok('rm', 'files');
});

test.serial("a user's instance that is to be removed at its end is", async (t) => {
  await store.ok('run', '-d', '--rm', '--aid', 'brief', '--', 'sh', '-c', 'exit 4');
  await eventually(async () => {
    if ((await store.ok('ps', '-aq')).trim() !== '') throw new Error('still there');
  });
  t.pass();
});
