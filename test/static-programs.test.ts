import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../native/programs.ts';
import { TestStore } from './support/store.ts';

const PORT = 18106;
const directory = mkdtempSync(join(tmpdir(), 'appshot-static-'));
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

async function answer(address: string): Promise<number> {
  const [host, port] = address.split(':');
  return Number(await text(createConnection({ host: host ?? '', port: Number(port) })));
}

test.serial('a static server is waited for and told of at the port that it has itself, and its clones have others', async (t) => {
  const server = join(directory, 'server');
  execFileSync('gcc', ['-static', '-O1', '-Wall', '-Wextra', '-Werror', join(projectRoot, 'test/programs/static-server.c'), '-o', server]);
  const started = await store.run('static', ['--wait-for', `port:${PORT}`], [server, String(PORT)]);
  const own = { port: PORT, address: `127.0.0.1:${PORT}` };
  t.deepEqual(started.ports, [own]);
  t.is(await store.address('static', PORT), own.address);
  t.deepEqual((await store.json<{ aid: string; ports: unknown }>('ps')).find(({ aid }) => aid === 'static')?.ports, [own]);
  const before = await answer(own.address);
  await store.ok('commit', 'static', 'of-static');
  await store.ok('clone', 'of-static', '-n', '2');
  const clones = await Promise.all(['of-static-1', 'of-static-2'].map((aid) => store.address(aid, PORT)));
  t.is(new Set([...clones, own.address]).size, 3);
  t.deepEqual(await Promise.all([...clones, own.address].map(answer)), [before + 1, before + 1, before + 1]);
});
