import test from 'ava';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Appshot, AppshotError } from '../src/appshot.ts';
import { storePaths } from '../src/paths.ts';
import { Redis } from './support/redis.ts';
import { endStore } from './support/end-store.ts';

const home = mkdtempSync(join(tmpdir(), 'appshot-test-api-'));
const paths = storePaths({ APPSHOT_HOME: home });

test.after.always(() => {
  endStore(home);
});

test('the API does in process what the command does through the daemon', async (t) => {
  const appshot = await Appshot.open({ paths });
  try {
    await appshot.run({
      aid: 'db',
      command: ['redis-server', '--port', '6379', '--save', ''],
      cwd: '/var/tmp',
      waitFor: { kind: 'port', port: 6379 },
    });
    await appshot.commit({ aid: 'db', template: 'redis' });
    const clones = await appshot.clone({ template: 'redis', count: 3 });
    t.deepEqual(
      clones.map((clone) => clone.aid),
      ['redis-1', 'redis-2', 'redis-3'],
    );
    for (const clone of clones) {
      const redis = await Redis.connect(clone.ports[0]?.address ?? '');
      t.is(await redis.ask('incr', 'n'), 1);
      redis.close();
    }
    t.is((await appshot.ids({ aid: 'redis-1' })).find((row) => row.type === 'pid')?.virtual, clones[0]?.pids[0]?.virtual);
    const error = await t.throwsAsync(appshot.clone({ template: 'nothing' }), { instanceOf: AppshotError });
    t.is(error.code, 'not-found');
    await appshot.destroy({ aids: (await appshot.ps({ all: true })).map((row) => row.aid) });
    await appshot.rm({ templates: ['redis'] });
    t.deepEqual(await appshot.ps({ all: true }), []);
  } finally {
    await appshot.close();
  }
});
