import test from 'ava';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callContext } from '../../src/call-context.ts';
import { Connection } from '../../src/daemon/connection.ts';
import { AppshotError } from '../../src/errors.ts';
import { makeWorld, type World } from '../cli/support.ts';

async function connect({ paths }: World): Promise<Connection> {
  return (await Connection.open(paths.socket, paths.log)) as Connection;
}

test("the socket is the user's own", async (t) => {
  const { paths } = await makeWorld(t);
  t.is(statSync(paths.socket).mode & 0o777, 0o600);
});

test('requests overlap, and each gets its own answer', async (t) => {
  const world = await makeWorld(t, {
    wait: async ({ aid }) => {
      await sleep(aid === 'slow' ? 100 : 1);
      return { code: aid.length };
    },
  });
  const connection = await connect(world);
  const order: string[] = [];
  await Promise.all(
    ['slow', 'a', 'ab'].map(async (aid) => {
      t.deepEqual(await connection.request('wait', { aid }), { code: aid.length });
      order.push(aid);
    }),
  );
  t.is(order.at(-1), 'slow');
  connection.close();
});

test('an operation knows when its request arrived', async (t) => {
  let age = -1;
  const world = await makeWorld(t, {
    wait: () => {
      age = performance.now() - callContext().arrived;
      return Promise.resolve({ code: 0 });
    },
  });
  const connection = await connect(world);
  await connection.request('wait', { aid: 'a' });
  t.true(age >= 0 && age < 100);
  connection.close();
});

test('a caller that goes away is missed by nobody', async (t) => {
  const world = await makeWorld(t, {
    wait: async () => {
      await sleep(50);
      return { code: 0 };
    },
  });
  const connection = await connect(world);
  const answer = connection.request('wait', { aid: 'a' });
  await sleep(10);
  connection.close();
  await t.throwsAsync(answer, { message: `wait: the daemon went away before it answered; see ${world.paths.log}` });
  await sleep(80);
  const other = await connect(world);
  t.like(await other.request('hello', {}), { pid: process.pid });
  other.close();
});

const refused: readonly (readonly [op: string, arg: unknown, words: string])[] = [
  ['fly', {}, 'fly: the daemon knows no such operation; is the daemon older than this command? restart it'],
  ['constructor', {}, 'constructor: the daemon knows no such operation; is the daemon older than this command? restart it'],
  ['destroy', { aids: [] }, 'destroy: aids names no instance'],
  ['destroy', { aids: ['../x'] }, "destroy: '../x' is no instance name: a-z, 0-9, then also . _ -, at most 63"],
  ['destroy', { aids: ['a'.repeat(64)] }, `destroy: '${'a'.repeat(64)}' is no instance name: a-z, 0-9, then also . _ -, at most 63`],
  ['clone', { template: 't', count: 1.5 }, 'clone: count must be a whole number'],
  ['clone', { template: 't', ports: [{ public: null, port: 70_000 }] }, 'clone: ports.0.port must be 1 to 65535'],
  ['clone', { template: 't', vproc: 'x' }, "clone: 'x' must be namespace or preload"],
  ['clone', { template: 't', more: 1 }, "clone: 'more' is not known"],
  ['clone', { template: '' }, 'clone: template must not be empty'],
  ['run', { command: [] }, 'run: command names no command'],
  ['run', { command: ['a\0b'] }, "run: 'a\0b' must not hold a NUL"],
  ['run', { command: ['x'], cwd: 'relative' }, "run: 'relative' must be an absolute path"],
  ['run', { command: ['x'], env: { 'A=B': 'c' } }, "run: 'A=B' is no name of a variable"],
  ['run', { command: ['x'], waitFor: { kind: 'log', pattern: '(' } }, "run: '(' is no regular expression"],
  ['kill', { aids: ['a'], signal: 'TERM' }, "kill: 'TERM' is no signal: a name such as SIGTERM, or 1 to 64"],
  ['stop', { aids: ['a'], seconds: -1 }, 'stop: seconds must be 0 or more'],
];

for (const [op, arg, words] of refused) {
  test(`refused: ${op} ${JSON.stringify(arg).slice(0, 60)}`, async (t) => {
    const world = await makeWorld(t);
    const connection = await connect(world);
    const error = await t.throwsAsync<AppshotError>(connection.request(op, arg), { instanceOf: AppshotError });
    t.is(error.code, 'misuse');
    t.is(error.message, words);
    t.deepEqual(world.calls, []);
    connection.close();
  });
}

test('what is no request ends that connection and no other', async (t) => {
  const world = await makeWorld(t);
  const connection = await connect(world);
  for (const words of ['GET / HTTP/1.1\r\n\r\n', 'null\n', '{"id":"x","op":1}\n', '[]\n']) {
    const stranger = createConnection(world.paths.socket);
    stranger.on('error', () => undefined);
    stranger.write(words);
    await once(stranger, 'close');
  }
  t.like(await connection.request('hello', {}), { pid: process.pid });
  connection.close();
});
