import test, { type ExecutionContext } from 'ava';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { finished, launchCli, plainInstances } from './launched.ts';
import { makeWorld, type World } from './support.ts';

async function worldOfInstances(t: ExecutionContext): Promise<World & { instances: ReturnType<typeof plainInstances> }> {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  t.teardown(() => {
    rmSync(directory, { recursive: true });
  });
  const instances = plainInstances(directory);
  return { ...(await makeWorld(t, instances)), instances };
}

test("streams and exit code are the application's own", async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'], world.env, ['ignore', 'pipe', 'pipe']);
  t.deepEqual(await finished(child), { code: 7, stdout: 'out\n', stderr: 'err\n' });
  t.deepEqual(world.instances.stdins, [undefined]);
  t.deepEqual(world.instances.destroyed, []);
});

test('everything that was written is passed on, in its order', async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--', 'seq', '1', '200000'], world.env, ['ignore', 'pipe', 'pipe']);
  const { stdout, code } = await finished(child);
  t.is(code, 0);
  t.is(stdout, `${Array.from({ length: 200_000 }, (_, at) => at + 1).join('\n')}\n`);
});

test('standard input comes from a pipe, and its end is passed on', async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--rm', '--', 'sort'], world.env);
  const text = 'b\n'.repeat(100_000);
  child.stdin?.end(`${text}a\n`);
  t.deepEqual(await finished(child), { code: 0, stdout: `a\n${text}`, stderr: '' });
  t.deepEqual(world.instances.destroyed, ['app-1']);
});

test('standard input comes from a file', async (t) => {
  const world = await worldOfInstances(t);
  writeFileSync(join(world.home, 'in'), 'one\ntwo\n');
  const child = launchCli(['run', '--', 'cat'], world.env, [openSync(join(world.home, 'in'), 'r'), 'pipe', 'pipe']);
  t.is((await finished(child)).stdout, 'one\ntwo\n');
});

test('an application that does not read holds nobody up, and no FIFO is left', async (t) => {
  const world = await worldOfInstances(t);
  const temporary = join(world.home, 'tmp');
  writeFileSync(join(world.home, 'in'), Buffer.alloc(1024 * 1024, 'x'));
  mkdirSync(temporary);
  const child = launchCli(['run', '--', 'sh', '-c', 'exit 3'], { ...world.env, TMPDIR: temporary }, [
    openSync(join(world.home, 'in'), 'r'),
    'pipe',
    'pipe',
  ]);
  t.is((await finished(child)).code, 3);
  t.deepEqual(readdirSync(temporary), []);
});

test('output is passed on at once', async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--', 'sh', '-c', 'while read x; do date +%s%N; done'], world.env);
  // Each line is waited for before the next is sent: an answer that was held back would never come.
  for (let line = 0; line < 5; line++) {
    child.stdin?.write('x\n');
    const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    t.regex(chunk.toString(), /^\d+\n$/);
  }
  child.stdin?.end();
  await finished(child);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} goes to the application`, async (t) => {
    const world = await worldOfInstances(t);
    const child = launchCli(['run', '--', 'sh', '-c', 'echo up; exec sleep 60'], world.env, ['ignore', 'pipe', 'pipe']);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill(signal);
    t.is((await finished(child)).code, code);
  });
}

test('when nobody reads its output the application ends, as in a pipeline', async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--', 'sh', '-c', 'while :; do echo y; sleep 0.01; done'], world.env, ['ignore', 'pipe', 'pipe']);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  child.stdout?.destroy();
  t.is((await finished(child)).code, 141);
});

test('a command that is not there is exit 127', async (t) => {
  const world = await worldOfInstances(t);
  t.deepEqual(await finished(launchCli(['run', '--', '/no/such'], world.env, ['ignore', 'pipe', 'pipe'])), {
    code: 127,
    stdout: '',
    stderr: 'appshot: exec /no/such: no such file or directory\n',
  });
});

test("--json tells of the instance on standard error: standard output is the application's", async (t) => {
  const world = await worldOfInstances(t);
  const { stdout, stderr } = await finished(launchCli(['run', '--json', '--', 'echo', 'x'], world.env, ['ignore', 'pipe', 'pipe']));
  t.is(stdout, 'x\n');
  t.like(JSON.parse(stderr), { aid: 'app-1', state: 'running' });
});

test("exec: streams and exit code are the command's own", async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['exec', 'web', '--', 'sh', '-c', 'cat; echo err >&2; exit 9'], world.env);
  child.stdin?.end('in\n');
  t.deepEqual(await finished(child), { code: 9, stdout: 'in\n', stderr: 'err\n' });
  const killed = launchCli(['exec', 'web', '--', 'sh', '-c', 'kill -9 $$'], world.env, ['ignore', 'pipe', 'pipe']);
  t.is((await finished(killed)).code, 137);
});

test('logs: both streams, the last lines, and on until the end', async (t) => {
  const world = await worldOfInstances(t);
  const script = 'echo one; echo two; printf three; echo bad >&2; sleep 1; echo; echo four';
  t.is((await world.run(['run', '-d', '--', 'sh', '-c', script], { cwd: '/' })).stdout, 'app-1\n');
  await sleep(300);
  t.deepEqual(await world.run(['logs', 'app-1']), { code: 0, stdout: 'one\ntwo\nthree', stderr: 'bad\n' });
  t.is((await world.run(['logs', 'app-1', '--tail', '2'])).stdout, 'two\nthree');
  t.is((await world.run(['logs', 'app-1', '--tail', '0'])).stdout, '');
  t.is((await world.run(['logs', '-f', '--tail', '1', 'app-1'])).stdout, 'three\nfour\n');
  t.is((await world.run(['logs', 'app-1', '--tail', '9'])).stdout, 'one\ntwo\nthree\nfour\n');
  const json = (await world.run(['logs', 'app-1', '--json'])).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { stream: string; line: string });
  t.deepEqual(
    json.filter(({ stream }) => stream === 'stdout').map(({ line }) => line),
    ['one', 'two', 'three', 'four'],
  );
  t.deepEqual(
    json.filter(({ stream }) => stream === 'stderr').map(({ line }) => line),
    ['bad'],
  );
});

test('a command that is cut short by its reader ends without a word', async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['completion', 'bash'], world.env, ['ignore', 'pipe', 'pipe']);
  child.stdout?.destroy();
  t.is((await finished(child)).stderr, '');
});

for (const line of [['completion', 'bash'], ['--help'], ['ls', '--help'], ['ps', '--json']])
  test(`appshot ${line.join(' ')}: output that could not be written is a failure`, async (t) => {
    const row = {
      aid: 'a',
      template: null,
      state: 'running',
      pids: [],
      ports: [],
      root: '/',
      memory: 0,
      created: '',
      vproc: 'namespace',
    } as const;
    const world = await makeWorld(t, { ps: () => Promise.resolve([row]) });
    const child = launchCli(line, world.env, ['ignore', openSync('/dev/full', 'w'), 'pipe']);
    t.deepEqual(await finished(child), { code: 1, stdout: '', stderr: 'appshot: write standard output: no space left on device\n' });
  });

test("run: the application's output that could not be written is a failure of appshot's own", async (t) => {
  const world = await worldOfInstances(t);
  const child = launchCli(['run', '--', 'sh', '-c', 'trap "" PIPE; echo x'], world.env, ['ignore', openSync('/dev/full', 'w'), 'pipe']);
  t.deepEqual(await finished(child), { code: 125, stdout: '', stderr: 'appshot: write standard output: no space left on device\n' });
});
