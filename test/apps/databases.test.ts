import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Talk } from '../support/talk.ts';
import { Redis } from '../support/redis.ts';
import { TestStore } from '../support/store.ts';
import { client, makeCluster, openTransaction, psql, query } from './postgres.ts';
import { tryApplication, type Live, type Trial } from './trial.ts';

const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-databases-');
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

test.serial('PostgreSQL as its own user: clones answer their own clients, and hold what was committed alone', async (t) => {
  const talks: Talk[] = [];
  const trial: Trial = {
    port: 5432,
    options: ['-w', '/'],
    command: makeCluster(directory, 'shared_buffers=64MB'),
    async prepare(live) {
      await psql(
        live,
        'create table numbers as select i, md5(i::text) as text from generate_series(1, 300000) i; create index on numbers(i); create table words(k int primary key, word text); create extension if not exists amcheck',
      );
      for (let key = 2; key < 6; key++) talks.push(await openTransaction(live, `insert into words values (${key}, 'never committed')`));
    },
    async check(live) {
      t.is(await psql(live, 'select count(*), max(text) from numbers where i % 3 = 0'), `100000|${LARGEST}`);
    },
    write: async (live, word) => {
      await psql(live, `insert into words values (1, '${word}') on conflict (k) do update set word = excluded.word`);
    },
    read: (live) => psql(live, 'select word from words'),
    async deep(live) {
      await client('pg_amcheck', live, '--heapallindexed', 'postgres');
      await psql(live, 'vacuum analyze numbers');
    },
  };
  await tryApplication(t, store, 'postgres', trial);
  for (const talk of talks) await talk.ask(query('commit'), /COMMIT/);
  for (const talk of talks) talk.close();
});
const LARGEST = 'fffea28543f891d04b2a67609b825e9d';

test.serial('redis with an append-only file, while a child of it writes a dump', async (t) => {
  const ask = async (live: Live, ...words: (string | number)[]): Promise<string> => {
    const client = await Redis.connect(live.address);
    try {
      return String(await client.ask(...words));
    } finally {
      client.close();
    }
  };
  const data = join(directory, 'redis');
  execFileSync('mkdir', ['-p', data]);
  const clones = await tryApplication(t, store, 'aof', {
    port: 6379,
    options: ['-w', data],
    command: ['redis-server', '--port', '6379', '--appendonly', 'yes', '--save', '', '--rdb-key-save-delay', '200', '--dir', data],
    async prepare(live) {
      await ask(live, 'eval', "for i = 1, 20000 do redis.call('set', 'k' .. i, i * 7) end return 1", 0);
      t.is(await ask(live, 'bgsave'), 'Background saving started');
    },
    check: async (live) => {
      t.is(await ask(live, 'get', 'k15000'), '105000');
    },
    write: async (live, word) => {
      await ask(live, 'set', 'word', word);
    },
    read: (live) => ask(live, 'get', 'word'),
  });
  for (const clone of clones) {
    t.true(clone.pids.length >= 2 || clone === clones[0], 'the child came too');
    for (;;) {
      const info = await ask(clone, 'info', 'persistence');
      if (info.includes('rdb_bgsave_in_progress:0')) {
        t.regex(info, /rdb_last_bgsave_status:ok/);
        t.regex(info, /aof_last_write_status:ok/);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.is(await ask(clone, 'dbsize'), '20001');
    await ask(clone, 'debug', 'reload').catch(() => undefined);
  }
});

test.serial('SQLite under writers of several processes', async (t) => {
  const file = join(directory, 'rows.db');
  const program = `
import sqlite3, os, sys, time
db = sys.argv[1]
c = sqlite3.connect(db, timeout=30); c.execute('pragma journal_mode=wal'); c.execute('create table if not exists t(w int, n int, primary key(w, n))'); c.commit(); c.close()
for w in range(3):
    if os.fork() == 0:
        c = sqlite3.connect(db, timeout=30, isolation_level=None); n = 0
        while True:
            c.execute('begin immediate'); c.execute('insert into t values(?, ?)', (w, n)); c.execute('insert into t values(?, ?)', (w + 100, n)); c.execute('commit'); n += 1; time.sleep(0.002)
while True: time.sleep(1)
`;
  const rows = async (live: Live): Promise<number> => {
    const out = await live.exec(
      'python3',
      '-c',
      `
import sqlite3
c = sqlite3.connect('${file}', timeout=30)
assert c.execute('pragma integrity_check').fetchone()[0] == 'ok'
r = c.execute('select w, count(*), max(n) from t group by w order by w').fetchall()
assert len(r) == 6 and all(n == m + 1 for _, n, m in r), r
assert all(c.execute('select count(*) from t a where a.w = ? and not exists (select 1 from t b where b.w = ? and b.n = a.n)', (w, w + 100)).fetchone()[0] == 0 for w in range(3))
print(sum(n for _, n, _ in r))`,
    );
    return Number(out);
  };
  const seen = new Map<string, number>();
  await tryApplication(t, store, 'sqlite', {
    options: ['--wait-for', `exec:test $(sqlite3 ${file} 'select count(distinct w) from t') = 6`],
    command: ['python3', '-c', program, file],
    clients: 1,
    async check(live) {
      const now = await rows(live);
      t.true(now > (seen.get(live.aid) ?? 0), 'its writers go on');
      seen.set(live.aid, now);
    },
  });
});
