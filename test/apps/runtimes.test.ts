import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { get, getJson } from '../support/http.ts';
import { TestStore } from '../support/store.ts';
import { tryApplication } from './trial.ts';

const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-runtimes-');
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});
const program = (name: string): string => join(projectRoot, 'test/programs/apps', name);

interface Summed {
  readonly pid: number;
  readonly sum: number;
  readonly note: string;
}

test.serial('a Node cluster: four workers, a thread in each', async (t) => {
  await tryApplication(t, store, 'cluster', {
    port: 8090,
    command: [process.execPath, program('cluster.mjs')],
    check: async (live) => {
      t.is((await getJson<Summed>(live.address, '/?n=10000')).sum, 50_005_000);
    },
    write: async (live, word) => {
      await get(live.address, `/note?text=${word}`);
    },
    read: async (live) => (await getJson<Summed>(live.address)).note,
    async deep(live) {
      const workers = new Set<number>();
      for (let i = 0; i < 12; i++) workers.add((await getJson<Summed>(live.address)).pid);
      t.is(workers.size, 4, 'all four answer');
    },
  });
});

interface Shared {
  readonly sum: number;
  readonly workers: number[];
  readonly total: number;
  readonly word: string;
}

test.serial('CPython multiprocessing: a queue, shared memory and a lock between five processes', async (t) => {
  await tryApplication(t, store, 'mp', {
    port: 9100,
    command: ['python3', program('multiprocessing_server.py')],
    async check(live) {
      const answer = await getJson<Shared>(live.address);
      t.is(answer.sum, 285);
      t.is(answer.total % 10, 0, 'no count was lost');
    },
    write: async (live, word) => {
      await get(live.address, `/word=${word}`);
    },
    read: async (live) => (await getJson<Shared>(live.address)).word,
    async deep(live) {
      const workers = new Set<number>();
      for (let i = 0; i < 50 && workers.size < 4; i++) for (const pid of (await getJson<Shared>(live.address)).workers) workers.add(pid);
      t.is(workers.size, 4, 'all four work');
    },
  });
});

test.serial('a JVM with G1 and 120 threads that wait for each other', async (t) => {
  execFileSync('javac', ['-d', directory, program('Threads.java')]);
  await tryApplication(t, store, 'g1', {
    port: 8082,
    command: ['java', '-XX:+UseG1GC', '-Xmx128m', '-XX:ParallelGCThreads=4', '-cp', directory, 'Threads'],
    check: async (live) => {
      t.is((await get(live.address)).split(' ')[0], '13140');
    },
    write: async (live, word) => {
      await get(live.address, `/?${word}`);
    },
    read: async (live) => (await get(live.address)).split(' ')[1] ?? '',
  });
});

// A connection that a clone finds reset is one that its client has reset: who writes to it and doesn't ignore SIGPIPE is ended by it.
const PERL = `
use IO::Socket::INET; $SIG{PIPE} = 'IGNORE'; my $word = ''; my %h = map { $_ => $_ * $_ } 0..20000; $| = 1;
my $s = IO::Socket::INET->new(LocalPort => 9393, Listen => 20, ReuseAddr => 1) or die;
while (my $c = $s->accept) { my $l = <$c>; while (my $x = <$c>) { last if $x =~ /^\\r?\\n$/ } $word = $1 if $l =~ m{/\\?(\\S+)}; my $sum = 0; $sum += $h{$_} for 0..9; print $c "HTTP/1.0 200 OK\\r\\n\\r\\n$sum $word"; close $c }`;

test.serial('perl, a small server', async (t) => {
  await tryApplication(t, store, 'perl', {
    port: 9393,
    command: ['perl', '-e', PERL],
    check: async (live) => {
      t.is((await get(live.address)).split(' ')[0], '285');
    },
    write: async (live, word) => {
      await get(live.address, `/?${word}`);
    },
    read: async (live) => (await get(live.address)).split(' ')[1] ?? '',
  });
});
