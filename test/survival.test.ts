import test from 'ava';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { projectRoot } from '../native/programs.ts';
import { Redis } from './support/redis.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

/** The store's daemon, found by the lock that it holds open. */
function daemonPid(): number {
  const lock = join(store.home, 'run/daemon.lock');
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (line.includes('appshotd') && readFileSync(`/proc/${name}/environ`, 'latin1').includes(`APPSHOT_HOME=${store.home}\0`))
        return Number(name);
    } catch {
      /* ended meanwhile */
    }
  }
  throw new Error(`no daemon holds ${lock}`);
}

test.serial('kill -9 of the daemon ends no instance and unmounts no root; a new one takes over', async (t) => {
  await store.run('db', ['--wait-for', 'port:6379', '-w', '/var/tmp'], ['redis-server', '--port', '6379', '--save', '']);
  const address = await store.address('db', 6379);
  const redis = await Redis.connect(address);
  await redis.ask('set', 'a', 'before');
  process.kill(daemonPid(), 'SIGKILL');
  t.is(await redis.ask('get', 'a'), 'before', 'the instance does not notice');
  const [row] = await store.json<{ aid: string; state: string; pids: unknown[] }>('ps');
  t.is(row?.state, 'running');
  await store.ok('commit', 'db', 'survivor');
  const [clone] = await store.clone('survivor');
  const other = await Redis.connect(clone?.ports[0]?.address ?? '');
  t.is(await other.ask('get', 'a'), 'before');
  other.close();
  redis.close();
  await store.ok('stop', 'db');
  t.is((await store.json<{ aid: string; state: string }>('ps', '-a')).find((entry) => entry.aid === 'db')?.state, 'exited 0');
});

test.serial('kill -9 of the daemon in the middle of clones leaves nothing half made', async (t) => {
  for (let round = 0; round < 5; round++) {
    const clones = spawn(join(projectRoot, 'bin/appshot'), ['clone', 'survivor', '-n', '6'], {
      env: { ...process.env, APPSHOT_HOME: store.home },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => clones.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 120 + round * 25));
    try {
      process.kill(daemonPid(), 'SIGKILL');
    } catch {
      /* it had not started yet */
    }
    await ended;
    const rows = await eventually(() => store.json<{ aid: string; state: string; ports: { address: string }[] }>('ps'));
    for (const row of rows.filter((entry) => entry.aid.startsWith('survivor-'))) {
      t.is(row.state, 'running');
      const redis = await Redis.connect(row.ports[0]?.address ?? '');
      t.is(await redis.ask('get', 'a'), 'before');
      redis.close();
      await store.ok('destroy', row.aid);
    }
  }
  await store.ok('destroy', 'db'); // the last: with it go the clones that are made ahead
  t.deepEqual(readdirSync(join(store.home, 'state/instances')), []);
});

test.serial('kill -9 of the daemon in the middle of a snapshot: it runs, or it is suspended whole', async (t) => {
  await store.run('put', ['--wait-for', 'port:6379', '-w', '/var/tmp'], ['redis-server', '--port', '6379', '--save', '']);
  for (let round = 0; round < 6; round++) {
    const redis = await Redis.connect(await store.address('put', 6379));
    await redis.ask('set', 'round', round);
    const snapshot = spawn(join(projectRoot, 'bin/appshot'), ['snapshot', 'put'], {
      env: { ...process.env, APPSHOT_HOME: store.home },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => snapshot.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 150 + round * 20));
    process.kill(daemonPid(), 'SIGKILL');
    await ended;
    const rows = await eventually(() => store.json<{ aid: string; state: string }>('ps', '-a'));
    const state = rows.find((entry) => entry.aid === 'put')?.state;
    t.regex(String(state), /^(running|suspended)$/);
    if (state === 'suspended') await store.ok('restore', 'put');
    t.is(await redis.ask('get', 'round'), String(round), 'the connection of before goes on either way');
    redis.close();
  }
});

/** Programs that serve the store. */
const servers = (): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const [name = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split(/[\0 ]/);
        return words.some((word) => word.startsWith(store.home)) ? [name.split('/').at(-1) ?? ''] : [];
      } catch {
        return []; // ended meanwhile
      }
    });

test.serial('a daemon that is stopped leaves what serves instances as long as there is one, and nothing when there is none', async (t) => {
  await store.ok('destroy', 'put');
  await store.run('last', [], ['sleep', '1000']);
  await store.ok('daemon', '--stop');
  t.true(servers().includes('appshot-keeper') && servers().includes('appshot-forge'));
  t.is((await store.json<{ state: string }>('ps'))[0]?.state, 'running');
  await store.ok('destroy', 'last');
  await store.ok('daemon', '--stop');
  await eventually(() => {
    if (servers().length > 0) throw new Error(`there still run ${servers().join(', ')}`);
  });
  await store.run('last', [], ['sleep', '1000']);
  await store.ok('destroy', 'last');
  t.deepEqual(await store.json('ps', '-a'), []);
});
