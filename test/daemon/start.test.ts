import test, { type ExecutionContext } from 'ava';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '../../src/daemon/client.ts';
import { ALREADY_RUNS } from '../../src/daemon/start.ts';
import { storePaths, type StorePaths } from '../../src/paths.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const daemonProgram = here('./fake-daemon.js');

interface Store {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: StorePaths;
}

/** An empty store; whatever daemon it has at the end of the test is ended. */
function emptyStore(t: ExecutionContext, more: NodeJS.ProcessEnv = {}): Store {
  const home = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  const env = { ...process.env, APPSHOT_HOME: home, ...more };
  const paths = storePaths(env);
  t.teardown(async () => {
    const client = new Client({ paths, env, entry: null });
    await client.operations.shutdown({}).catch(() => undefined);
    client.close();
    for (let tries = 0; existsSync(paths.socket) && tries < 100; tries++) await sleep(20);
    rmSync(home, { recursive: true, force: true });
  });
  return { home, env, paths };
}

/** A client as a process of its own: the pid of the daemon that answered it. */
function ask(env: NodeJS.ProcessEnv, cwd = '/'): Promise<{ pid: number; stderr: string }> {
  const child = spawn(process.execPath, [here('./start-client.js')], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve({ pid: Number(stdout), stderr });
    });
  });
}

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; lives(pid) && tries < 400; tries++) await sleep(20);
  return !lives(pid);
}

test('two clients at once, and six, end with one daemon', async (t) => {
  for (const [count, delay] of [
    [2, '0'],
    [6, '300'],
  ] as const) {
    const { env } = emptyStore(t, { FAKE_DAEMON_DELAY: delay });
    const answers = await Promise.all(Array.from({ length: count }, () => ask(env)));
    t.deepEqual(
      answers.map(({ stderr }) => stderr),
      answers.map(() => ''),
    );
    t.is(new Set(answers.map(({ pid }) => pid)).size, 1);
    t.true((answers[0]?.pid ?? 0) > 0);
  }
});

test('after a kill -9 the next command starts another', async (t) => {
  const { env, paths } = emptyStore(t);
  const { pid } = await ask(env);
  process.kill(pid, 'SIGKILL');
  t.true(await gone(pid));
  t.true(existsSync(paths.socket));
  const answers = await Promise.all([ask(env), ask(env)]);
  t.is(new Set(answers.map((answer) => answer.pid)).size, 1);
  t.not(answers[0].pid, pid);
});

test('a client whose daemon dies in between connects to the next', async (t) => {
  const { env, paths } = emptyStore(t);
  const client = new Client({ paths, env, entry: daemonProgram });
  const { pid } = await client.operations.hello({});
  process.kill(pid, 'SIGKILL');
  t.true(await gone(pid));
  await sleep(50);
  t.not((await client.operations.hello({})).pid, pid);
  client.close();
});

test('a second daemon is refused in words', async (t) => {
  const { env, paths } = emptyStore(t);
  const { pid } = await ask(env);
  const { status, stderr } = spawnSync(process.execPath, [daemonProgram], { env, encoding: 'utf8' });
  t.is(status, ALREADY_RUNS);
  t.is(stderr, `appshot: daemon: another one serves ${paths.data} already; appshot daemon --stop ends it\n`);
  t.is((await ask(env)).pid, pid);
});

test("a daemon that does not start is an error with the log's last line", async (t) => {
  const { env, paths } = emptyStore(t, { FAKE_DAEMON_FAILS: '1' });
  const client = new Client({ paths, env, entry: daemonProgram });
  await t.throwsAsync(client.operations.hello({}), {
    message: `start the daemon: it ended with code 3: the store is broken; see ${paths.log}`,
  });
});

test('a daemon that does not answer is not waited for without an end', async (t) => {
  const { env, paths } = emptyStore(t, { FAKE_DAEMON_DELAY: '1500' });
  const client = new Client({ paths, env, entry: daemonProgram, patience: 500 });
  await t.throwsAsync(client.operations.hello({}), { message: /^start the daemon: no answer in/ });
  await sleep(1500);
});

test('SIGTERM ends it in order; nothing is left at its door', async (t) => {
  const { env, paths } = emptyStore(t);
  const { pid } = await ask(env);
  process.kill(pid, 'SIGTERM');
  t.true(await gone(pid));
  t.false(existsSync(paths.socket));
  t.regex(readFileSync(paths.log, 'utf8'), /ending: SIGTERM/);
});

test('a daemon whose store is removed ends', async (t) => {
  const { env, home } = emptyStore(t);
  const { pid } = await ask(env);
  rmSync(home, { recursive: true });
  t.true(await gone(pid));
});

test('it holds nothing of the client that started it', async (t) => {
  const { env, home } = emptyStore(t);
  const { pid } = await ask(env, home);
  t.is(readlinkSync(`/proc/${pid}/cwd`), '/');
  const log = join(home, 'state/daemon.log');
  t.deepEqual(
    [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
    ['/dev/null', log, log],
  );
  t.regex(
    readFileSync(`/proc/${pid}/stat`, 'utf8'),
    new RegExp(`^${pid} \\([^)]*\\) \\S+ \\d+ ${pid} ${pid} 0 `),
    'its own session, no terminal',
  );
});
