import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { Binaries } from '../state/programs.ts';
import { eventually } from '../support/store.ts';
import { UserStore } from './user-store.ts';

/** Machines that refuse what the namespace mechanism is made of: nobody says how ids are to be bound, and instances are had all the same. */
const binaries = new Binaries();
test.after.always(() => {
  binaries.close();
});

const asRoot = process.getuid?.() === 0;
for (const kind of ['pid', 'ipc'] as const)
  (asRoot ? test.serial : test.serial.skip)(
    `where ${kind} namespaces are refused, instances and clones are had under the preload mechanism${asRoot ? '' : ' (only root can make such a machine)'}`,
    async (t) => {
      t.timeout(120_000);
      const store = await UserStore.open({ refused: [kind] });
      try {
        const doctor = await store.appshot(['doctor', '--json']);
        t.regex(
          doctor.stdout,
          new RegExp(`"virtual ids".*preload, as .*user.max_${kind}_namespaces is 0.*"sysctl user.max_${kind}_namespaces=10000"`),
        );
        const binary = binaries.path('process-tree');
        chmodSync(dirname(binary), 0o755);
        await store.run('source', ['--wait-for', 'log:^ready'], [binary]);
        await store.ok('commit', 'source', 'first');
        const aids = ['source', ...(await store.clone('first', '-n', '2')).map(({ aid }) => aid)];
        const seen = await Promise.all(
          aids.map((aid) => store.json<{ type: string; virtual: number; system: number }>('ids', aid, '--type', 'pid')),
        );
        for (const rows of seen) {
          t.true(rows.length > 1 && rows.every(({ virtual, system }) => virtual > 2 ** 22 && virtual !== system), JSON.stringify(rows));
          t.deepEqual(rows.map(({ virtual }) => virtual).sort(), seen[0]?.map(({ virtual }) => virtual).sort());
        }
        await store.ok('kill', '-s', 'USR1', ...aids);
        await eventually(async () => {
          const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
          const wrong = rows.filter(({ state }) => state !== 'exited 0');
          if (wrong.length > 0) throw new Error(`${JSON.stringify(wrong)} ${await store.ok('logs', wrong[0]?.aid ?? '')}`);
        });
        const asked = await store.appshot(['run', '--rm', '--aid', 'asked', '--vproc', 'namespace', '--', 'true']);
        t.deepEqual(
          [asked.code, asked.stderr],
          [
            125,
            `appshot: run asked: the namespace mechanism can't be had here: user.max_${kind}_namespaces is 0; allow it, or leave out --vproc namespace and APPSHOT_VPROC: ids are then bound by the preload library\n`,
          ],
        );
        t.deepEqual((await store.ok('ps', '-a', '-q')).trim().split('\n').sort(), [...aids].sort(), 'nothing is left of it');
      } finally {
        await store.close();
      }
    },
  );

(asRoot ? test.serial : test.serial.skip)(
  `where parts of /proc are hidden, a user's instances and clones are had under the preload mechanism${asRoot ? '' : ' (only root can make such a machine)'}`,
  async (t) => {
    t.timeout(120_000);
    const store = await UserStore.open({ hiddenProc: true });
    try {
      const doctor = await store.appshot(['doctor', '--json']);
      t.regex(
        doctor.stdout,
        /"virtual ids".*preload, as namespaces can't be had \(mount a \/proc for its process ids: Operation not permitted\)/,
      );
      t.is(doctor.code, 0, doctor.stdout);
      const binary = binaries.path('process-tree');
      chmodSync(dirname(binary), 0o755);
      await store.run('source', ['--wait-for', 'log:^ready'], [binary]);
      await store.ok('commit', 'source', 'first');
      const aids = ['source', ...(await store.clone('first', '-n', '2')).map(({ aid }) => aid)];
      await store.ok('kill', '-s', 'USR1', ...aids);
      await eventually(async () => {
        const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
        const wrong = rows.filter(({ state }) => state !== 'exited 0');
        if (wrong.length > 0) throw new Error(`${JSON.stringify(wrong)} ${await store.ok('logs', wrong[0]?.aid ?? '')}`);
      });
    } finally {
      await store.close();
    }
  },
);
