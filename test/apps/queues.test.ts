import test from 'ava';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
