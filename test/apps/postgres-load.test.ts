/**
 * PostgreSQL in the middle of its work: 20 connections, of which some are in a transaction and one waits for background workers, and
 * pgbench that goes on while it is committed. APPSHOT_PGBENCH=N is pgbench's scale, 15 MiB each; 70 is 1 GiB.
 */
import test from 'ava';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { eventually, TestStore } from '../support/store.ts';
import type { Talk } from '../support/talk.ts';
import { client, connectTo, makeCluster, openTransaction, POSTGRES, psql, query, reach } from './postgres.ts';
import { tryApplication, type Live, type Trial } from './trial.ts';

const SCALE = Number(process.env['APPSHOT_PGBENCH'] ?? 1);
const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-postgres-');
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

// Every transaction of pgbench adds one number to four tables: whatever is there of it, the sums are the same.
const SUMS = ['accounts', 'branches', 'tellers'].map((table) => `(select sum(${table[0] ?? ''}balance) from pgbench_${table})`);
const CONSISTENT = `select count(*) >= 1000 and sum(delta) = all (array[${SUMS.join(', ')}]) from pgbench_history`;
const WORKERS = "select count(*) from pg_stat_activity where backend_type = 'parallel worker'";

/** A client whose question takes background workers much longer than the test: each row lets one sleep. */
async function askWorkers(live: Live): Promise<{ talk: Talk; answered: Promise<string> }> {
  const talk = await connectTo(live);
  const settings = ['parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size'].map((name) => `set ${name} = 0`);
  const answered = talk.ask(
    query([...settings, 'begin', 'select count(pg_sleep(0.05)) from pgbench_accounts'].join('; ')),
    /terminating/,
    3_600_000,
  );
  await eventually(async () => {
    if ((await psql(live, WORKERS)) === '0') throw new Error('no background worker yet');
  });
  return { talk, answered: answered.then(String, String) };
}

test.serial(
  'PostgreSQL with 20 connections and a transaction in its background workers, committed while pgbench works on it',
  async (t) => {
    t.timeout(3_600_000);
    const talks: Talk[] = [];
    const stop = new AbortController();
    t.teardown(() => {
      stop.abort();
    });
    let ended: string | null = null;
    let long = Promise.resolve('');
    const trial: Trial = {
      port: 5432,
      options: ['-w', '/'],
      command: makeCluster(directory, 'shared_buffers=128MB', 'max_wal_size=256MB'),
      clones: 5,
      async prepare(live) {
        await client('pgbench', live, '-i', '-q', '-s', String(SCALE), 'postgres');
        await psql(live, 'create table words(k int primary key, word text); create extension amcheck');
        await client('pgbench', live, '-n', '-c', '4', '-t', '250', 'postgres');
        for (let key = 2; key < 6; key++) talks.push(await openTransaction(live, `insert into words values (${key}, 'never committed')`));
        while (talks.length < 19) talks.push(await connectTo(live));
        const { talk, answered } = await askWorkers(live);
        talks.push(talk);
        long = answered;
        const words = [...reach(live), '-n', '-c', '4', '-T', '3600', 'postgres'];
        promisify(execFile)(`${POSTGRES}/pgbench`, words, { signal: stop.signal }).then(
          () => (ended = 'pgbench ended'),
          (error: unknown) => (ended = String(error)),
        );
      },
      async check(live) {
        t.is(await psql(live, CONSISTENT), 't');
      },
      write: async (live, word) => {
        await psql(live, `insert into words values (1, '${word}') on conflict (k) do update set word = excluded.word`);
        await client('pgbench', live, '-n', '-c', '2', '-t', '20', 'postgres');
      },
      read: (live) => psql(live, 'select word from words'),
      async deep(live) {
        t.not(await psql(live, WORKERS), '0', 'its background workers go on');
        await client('pg_amcheck', live, '--heapallindexed', 'postgres');
      },
    };
    const [source, restored] = await tryApplication(t, store, 'postgres', trial);
    if (source === undefined || restored === undefined) throw new Error('no instance');
    await trial.deep?.(restored);
    t.is(ended, null, 'pgbench has met no error');
    stop.abort();
    for (const talk of talks.slice(0, 4)) await talk.ask(query('commit'), /COMMIT/);
    t.is(await psql(source, 'select count(*) from words'), '5', 'what was in flight is committed in the source, by those who began it');
    const waits = "query like '%pg_sleep(0%' and backend_type = 'client backend' and pid <> pg_backend_pid()";
    t.is(await psql(source, `select pg_terminate_backend(pid) from pg_stat_activity where ${waits}`), 't');
    t.regex(await long, /terminating/);
    for (const talk of talks) talk.close();
  },
);
