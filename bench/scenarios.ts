import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { projectRoot } from '../native/programs.ts';
import { queryPostgres } from '../test/support/postgres.ts';
import { Redis } from '../test/support/redis.ts';
import type { Scenario } from './scenario.ts';

const made: string[] = [];

/** A directory that the instances' host sees too; gone with removeScratch(). */
function scratch(prefix: string): string {
  const directory = mkdtempSync(join('/var/tmp', prefix));
  made.push(directory);
  return directory;
}

export function removeScratch(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** One GET without a pool or a second round trip; throws unless the body fits. */
function ask(address: string, path: string, right: RegExp): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const call = request({ host, port: Number(port), path, agent: false }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          body += chunk;
        })
        .on('end', () => {
          if (right.test(body)) resolve();
          else reject(new Error(`wrong answer: ${body.slice(0, 200)}`));
        });
    });
    call.once('error', reject);
    call.end();
  });
}

async function withRedis<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await Redis.connect(address);
  try {
    return await work(redis);
  } finally {
    redis.close();
  }
}

/** Values of 10,000 bytes, no two alike: memory that is really there. */
const load = "for i = 1, tonumber(ARGV[1]) do local w = i .. ':' redis.call('set', 'key:' .. i, string.rep(w, math.floor(10000 / #w))) end";

function redis(name: string, keys: number): Scenario {
  const words = (port: number): string[] => [
    'redis-server',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
    '--enable-debug-command',
    'yes',
  ];
  const fill = (address: string): Promise<void> =>
    withRedis(address, async (client) => {
      if (keys > 0) await client.ask('eval', load, 0, keys);
      await client.ask('set', 'right', 'yes');
    });
  return {
    name,
    port: 6379,
    command: words(6379),
    cwd: '/var/tmp',
    warm: fill,
    warmCold: fill,
    cold: (port) => ({ command: words(port), cwd: '/var/tmp' }),
    ask: (address) =>
      withRedis(address, async (client) => {
        if ((await client.ask('get', 'right')) !== 'yes') throw new Error('wrong value');
      }),
  };
}

function node(): Scenario {
  const server = 'let n=0;require("node:http").createServer((q,s)=>s.end("right "+(++n))).listen(+process.argv[1]||8080)';
  return {
    name: 'node',
    port: 8080,
    command: [process.execPath, '-e', server],
    cold: (port) => ({ command: [process.execPath, '-e', server, String(port)], cwd: '/' }),
    ask: (address) => ask(address, '/', /^right \d+$/),
  };
}

function python(): Scenario {
  const program = join(projectRoot, 'test/programs/apps/threads.py');
  return {
    name: 'CPython 256 MiB, 4 threads',
    port: 9000,
    command: ['python3', program],
    cold: (port) => ({ command: ['env', `PORT=${port}`, 'python3', program], cwd: '/' }),
    ask: (address) => ask(address, '/', /"first": 13/),
  };
}

function nginx(workers: number): Scenario {
  const site = scratch('appshot-bench-nginx-');
  mkdirSync(join(site, 'html'));
  writeFileSync(join(site, 'html/index.html'), 'right');
  const configuration = (port: number): string => {
    const file = join(site, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; worker_processes ${workers}; user root; pid ${site}/pid-${port}; error_log ${site}/error.log;
      events { worker_connections 64; } http { access_log off; server { listen ${port}; root ${site}/html; } }`,
    );
    return file;
  };
  return {
    name: `nginx, ${workers} workers`,
    port: 80,
    command: ['/usr/sbin/nginx', '-c', configuration(80)],
    cold: (port) => ({ command: ['/usr/sbin/nginx', '-c', configuration(port)], cwd: '/' }),
    ask: (address) => ask(address, '/', /^right$/),
  };
}

function jvm(): Scenario {
  const classes = scratch('appshot-bench-java-');
  execFileSync('javac', ['-d', classes, join(projectRoot, 'test/programs/apps/Hello.java')]);
  return {
    name: 'JVM',
    port: 8081,
    command: ['java', '-Xmx256m', '-cp', classes, 'Hello'],
    cold: (port) => ({ command: ['java', '-Xmx256m', '-cp', classes, 'Hello', String(port)], cwd: '/' }),
    ask: (address) => ask(address, '/', /^\d+ \d+/),
  };
}

function postgres(): Scenario {
  const home = scratch('appshot-bench-postgres-');
  const programs = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  const asOwner = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', 'env', `PATH=${programs}:/usr/bin:/bin`];
  const [owner = 0, group = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(home, owner, group);
  execFileSync(asOwner[0] ?? '', [...asOwner.slice(1), 'initdb', '-D', `${home}/data`, '-A', 'trust', '--no-sync'], {
    stdio: 'ignore',
    cwd: '/',
  });
  const words = (port: number): string[] => [...asOwner, 'postgres', '-D', `${home}/data`, '-p', String(port), '-k', '', '-h', '127.0.0.1'];
  return {
    name: 'PostgreSQL 15, idle',
    port: 5432,
    command: words(5432),
    cold: (port) => ({ command: words(port), cwd: '/' }),
    ask: async (address) => {
      for (;;) {
        const answer = await queryPostgres(address, 'select 40 + 2').catch((error: unknown) => {
          if (/57P03|ECONNREFUSED|closed the connection/.test(String(error))) return null; // a cold one listens before it is ready
          throw error;
        });
        if (answer === '42') return;
        if (answer !== null) throw new Error(`wrong answer: ${answer}`);
      }
    },
  };
}

function tree(): Scenario {
  const program = join(projectRoot, 'test/programs/apps/tree.py');
  return {
    name: 'a tree of 50 processes',
    port: 9100,
    command: ['python3', program],
    cold: (port) => ({ command: ['env', `PORT=${port}`, 'python3', program], cwd: '/' }),
    ask: (address) => ask(address, '/', /^50 processes$/),
  };
}

export const scenarios: Readonly<Record<string, () => Scenario>> = {
  'redis-small': () => redis('redis, small', 0),
  'redis-1g': () => redis('redis, 1 GiB', 105_000),
  node,
  python,
  nginx: () => nginx(2),
  jvm,
  'nginx-4': () => nginx(4),
  postgres,
  'tree-50': tree,
};
