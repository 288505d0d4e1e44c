import test from 'ava';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getJson } from '../support/http.ts';
import { TestStore } from '../support/store.ts';
import { askOnce, Talk } from '../support/talk.ts';
import { tryApplication, type Live } from './trial.ts';

const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-queues-');
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});
const host = promisify(execFile);
const portOf = (live: Live): string => live.address.split(':')[1] ?? '';
const word = async (live: Live, question: string, answer: RegExp): Promise<string> =>
  (await askOnce(live.address, question, answer))[1] ?? '';

test.serial('memcached, full of values', async (t) => {
  await tryApplication(t, store, 'memcached', {
    port: 11211,
    command: ['memcached', '-u', 'nobody', '-l', '127.0.0.1', '-m', '128', '-t', '4'],
    async prepare(live) {
      const talk = await Talk.connect(live.address);
      for (let i = 0; i < 2000; i++) await talk.ask(`set key:${i} 0 0 10\r\n${String(i).padStart(10, '.')}\r\n`, /STORED\r\n/);
      talk.close();
    },
    async check(live) {
      const n = Math.floor(Math.random() * 2000);
      t.is(await word(live, `get key:${n}\r\n`, /VALUE key:\d+ 0 10\r\n(.*)\r\nEND/), String(n).padStart(10, '.'));
    },
    write: async (live, text) => {
      await askOnce(live.address, `set word 0 0 ${text.length}\r\n${text}\r\n`, /STORED/);
    },
    read: (live) => word(live, 'get word\r\n', /VALUE word 0 \d+\r\n(.*)\r\nEND/),
  });
});

test.serial('mosquitto, with a message that it keeps', async (t) => {
  const configuration = join(directory, 'mosquitto.conf');
  writeFileSync(
    configuration,
    `listener 1883 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${directory}/\nuser root\n`,
  );
  await tryApplication(t, store, 'mosquitto', {
    port: 1883,
    command: ['/usr/sbin/mosquitto', '-c', configuration],
    prepare: async (live) => {
      await host('mosquitto_pub', ['-h', '127.0.0.1', '-p', portOf(live), '-r', '-q', '1', '-t', 'kept', '-m', 'a kept message']);
    },
    check: async (live) => {
      const { stdout } = await host('mosquitto_sub', ['-h', '127.0.0.1', '-p', portOf(live), '-C', '1', '-W', '10', '-t', 'kept']);
      t.is(stdout.trim(), 'a kept message');
    },
    write: async (live, text) => {
      await host('mosquitto_pub', ['-h', '127.0.0.1', '-p', portOf(live), '-r', '-q', '1', '-t', 'word', '-m', text]);
    },
    read: async (live) =>
      (await host('mosquitto_sub', ['-h', '127.0.0.1', '-p', portOf(live), '-C', '1', '-W', '10', '-t', 'word'])).stdout.trim(),
  });
});

test.serial('beanstalkd, with jobs waiting and a journal', async (t) => {
  const journal = join(directory, 'beanstalkd');
  mkdirSync(journal);
  await tryApplication(t, store, 'beanstalkd', {
    port: 11300,
    command: ['beanstalkd', '-l', '127.0.0.1', '-p', '11300', '-b', journal],
    check: async (live) => {
      const talk = await Talk.connect(live.address);
      await talk.ask('use t\r\nwatch t\r\nput 1 0 60 3\r\njob\r\n', /INSERTED \d+\r\n/);
      const [, id = ''] = await talk.ask('reserve-with-timeout 5\r\n', /RESERVED (\d+) 3\r\njob\r\n/);
      await talk.ask(`delete ${id}\r\n`, /DELETED\r\n/);
      talk.close();
    },
    write: async (live, text) => {
      const talk = await Talk.connect(live.address);
      await talk
        .ask('watch words\r\nuse words\r\nreserve-with-timeout 0\r\n', /(TIMED_OUT|RESERVED (\d+) \d+\r\n.*)\r\n/)
        .then(async ([, , id]) => (id === undefined ? null : await talk.ask(`delete ${id}\r\n`, /DELETED/)));
      await talk.ask(`put 1 0 60 ${text.length}\r\n${text}\r\n`, /INSERTED/);
      talk.close();
    },
    read: async (live) => {
      const talk = await Talk.connect(live.address);
      await talk.ask('use words\r\n', /USING/);
      const [, text = ''] = await talk.ask('peek-ready\r\n', /FOUND \d+ \d+\r\n(.*)\r\n/);
      talk.close();
      return text;
    },
  });
});

test.serial('nats, a static Go program', async (t) => {
  await tryApplication(t, store, 'nats', {
    port: 14222,
    ownPort: 'Server is ready',
    command: ['nats-server', '-a', '127.0.0.1', '-p', '14222'],
    check: async (live) => {
      const talk = await Talk.connect(live.address);
      await talk.ask(
        'CONNECT {"verbose":false}\r\nSUB s 1\r\nPUB s 5\r\nhello\r\nPING\r\n',
        /MSG s 1 5\r\nhello\r\nPONG|PONG\r\nMSG s 1 5\r\nhello/,
      );
      talk.close();
    },
  });
});

test.serial('etcd', async (t) => {
  const kv = async (live: Live, verb: string, body: object): Promise<{ kvs?: { value: string }[] }> =>
    (await (await fetch(`http://${live.address}/v3/kv/${verb}`, { method: 'POST', body: JSON.stringify(body) })).json()) as {
      kvs?: { value: string }[];
    };
  const key = Buffer.from('word').toString('base64');
  await tryApplication(t, store, 'etcd', {
    port: 12379,
    ownPort: 'ready to serve client requests|serving (insecure )?client',
    command: [
      'etcd',
      '--data-dir',
      join(directory, 'etcd'),
      '--listen-client-urls',
      'http://127.0.0.1:12379',
      '--advertise-client-urls',
      'http://127.0.0.1:12379',
      '--listen-peer-urls',
      'http://127.0.0.1:12380',
    ],
    check: async (live) => {
      t.is((await getJson<{ health: string }>(live.address, '/health')).health, 'true');
    },
    write: async (live, text) => {
      await kv(live, 'put', { key, value: Buffer.from(text).toString('base64') });
    },
    read: async (live) => Buffer.from((await kv(live, 'range', { key })).kvs?.[0]?.value ?? '', 'base64').toString(),
  });
});

test.serial('rabbitmq, an Erlang machine', async (t) => {
  const base = join(directory, 'rabbit');
  mkdirSync(base);
  await tryApplication(t, store, 'rabbitmq', {
    port: 5672,
    command: [
      'env',
      `HOME=${base}`,
      `RABBITMQ_MNESIA_BASE=${base}`,
      `RABBITMQ_LOG_BASE=${base}`,
      'RABBITMQ_NODENAME=rabbit@localhost',
      'RABBITMQ_NODE_IP_ADDRESS=127.0.0.1',
      `RABBITMQ_ENABLED_PLUGINS_FILE=${base}/plugins`,
      '/usr/lib/rabbitmq/bin/rabbitmq-server',
    ],
    check: async (live) => {
      await askOnce(live.address, 'AMQP\0\0\x09\x01', /RabbitMQ/);
    },
  });
});

test.serial('unbound, asked over UDP', async (t) => {
  const configuration = join(directory, 'unbound.conf');
  writeFileSync(
    configuration,
    `server:\n interface: 127.0.0.1@5353\n port: 5353\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n num-threads: 2\n local-data: "here.test. A 10.1.2.3"\nremote-control:\n control-enable: no\n`,
  );
  await tryApplication(t, store, 'unbound', {
    port: 5353,
    command: ['/usr/sbin/unbound', '-d', '-c', configuration],
    check: async (live) => {
      t.deepEqual([...(await dns(Number(portOf(live)))).subarray(-4)], [10, 1, 2, 3]);
    },
  });
});
test.serial('dnsmasq, asked over UDP', async (t) => {
  await tryApplication(t, store, 'dnsmasq', {
    port: 5354,
    options: [],
    command: [
      '/usr/sbin/dnsmasq',
      '-k',
      '-C',
      '/dev/null',
      '-p',
      '5354',
      '-R',
      '-h',
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      '-u',
      'root',
      '-x',
      '',
      '--address=/here.test/10.1.2.3',
    ],
    check: async (live) => {
      t.deepEqual([...(await dns(Number(portOf(live)))).subarray(-4)], [10, 1, 2, 3]);
    },
  });
});

function dns(port: number): Promise<Buffer> {
  const socket = createSocket('udp4');
  return new Promise<Buffer>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('no answer over UDP'));
    }, 5000);
    socket.once('message', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    socket.send(Buffer.from('\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04here\x04test\0\0\x01\0\x01', 'latin1'), port, '127.0.0.1');
  }).finally(() => {
    socket.close();
  });
}
