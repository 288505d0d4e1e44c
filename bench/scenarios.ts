import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { projectRoot } from '../native/programs.ts';
import { Redis } from '../test/support/redis.ts';
import type { Scenario } from './scenario.ts';

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

function nginx(): Scenario {
  const site = mkdtempSync('/var/tmp/appshot-bench-nginx-');
  mkdirSync(join(site, 'html'));
  writeFileSync(join(site, 'html/index.html'), 'right');
  const configuration = (port: number): string => {
    const file = join(site, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; worker_processes 2; user root; pid ${site}/pid-${port}; error_log ${site}/error.log;
      events { worker_connections 64; } http { access_log off; server { listen ${port}; root ${site}/html; } }`,
    );
    return file;
  };
  return {
    name: 'nginx, 2 workers',
    port: 80,
    command: ['/usr/sbin/nginx', '-c', configuration(80)],
    cold: (port) => ({ command: ['/usr/sbin/nginx', '-c', configuration(port)], cwd: '/' }),
    ask: (address) => ask(address, '/', /^right$/),
  };
}

function jvm(): Scenario {
  const classes = mkdtempSync('/var/tmp/appshot-bench-java-');
  execFileSync('javac', ['-d', classes, join(projectRoot, 'test/programs/apps/Hello.java')]);
  return {
    name: 'JVM',
    port: 8081,
    command: ['java', '-Xmx256m', '-cp', classes, 'Hello'],
    cold: (port) => ({ command: ['java', '-Xmx256m', '-cp', classes, 'Hello', String(port)], cwd: '/' }),
    ask: (address) => ask(address, '/', /^\d+ \d+/),
  };
}

export const scenarios: Readonly<Record<string, () => Scenario>> = {
  'redis-small': () => redis('redis, small', 0),
  'redis-1g': () => redis('redis, 1 GiB', 105_000),
  node,
  python,
  nginx,
  jvm,
};
