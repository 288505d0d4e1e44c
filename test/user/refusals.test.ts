import test from 'ava';
import { UserStore } from './user-store.ts';

const asRoot = process.getuid?.() === 0 ? test.serial : test.skip;

asRoot('a device for root alone: one line that says so, and doctor says what to do', async (t) => {
  const store = await UserStore.open({ closedDevice: true });
  try {
    const { code, stderr } = await store.appshot(['run', '-d', '--aid', 'a', '--', 'sleep', '100']);
    t.is(code, 125);
    t.regex(stderr, /^appshot: mount the root of a: fusermount3: .*\/dev\/fuse.*; appshot doctor [^\n]*\n$/);
    const doctor = await store.appshot(['doctor', '--json']);
    t.is(doctor.code, 1);
    t.regex(doctor.stdout, /"check":"\/dev\/fuse","ok":false,.*chmod 666 \/dev\/fuse/);
    t.is(await store.ok('ps', '-a', '-q'), '', 'nothing of it stays');
    t.deepEqual(await store.mounts(), []);
  } finally {
    await store.close();
  }
});

asRoot('without /etc/mtab nothing is mounted that could not be unmounted', async (t) => {
  const store = await UserStore.open({ noMtab: true });
  try {
    const { code, stderr } = await store.appshot(['run', '-d', '--aid', 'a', '--', 'sleep', '100']);
    t.is(code, 125);
    t.regex(stderr, /^appshot: mount the root of a: fusermount3 unmounts nothing without \/etc\/mtab \(as root: ln -s [^\n]*\n$/);
    const mounted = await store.appshot(['mount', store.scratch]);
    t.regex(mounted.stderr, /^appshot: mount [^\n]*: fusermount3 unmounts nothing without \/etc\/mtab; as root: ln -s [^\n]*\n$/);
    const doctor = await store.appshot(['doctor', '--json']);
    t.regex(doctor.stdout, /"check":"fusermount3","ok":false,.*mtab/);
    t.deepEqual(await store.mounts(), []);
  } finally {
    await store.close();
  }
});
