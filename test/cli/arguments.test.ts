import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorld } from './support.ts';

/** What is typed, and what the daemon is asked: one row for each way of typing it. */
const rows: readonly (readonly [line: string, op: string, arg: unknown])[] = [
  ['ls', 'ls', {}],
  ['ls warm:/etc', 'ls', { target: 'warm:/etc' }],
  ['create base', 'create', { template: 'base' }],
  ['create base --root ./root', 'create', { template: 'base', root: '/srv/root' }],
  ['cp warm cold', 'cp', { from: 'warm', to: 'cold' }],
  ['cp ./conf warm:/etc/app', 'cp', { from: '/srv/conf', to: 'warm:/etc/app' }],
  ['cp warm:/etc out', 'cp', { from: 'warm:/etc', to: '/srv/out' }],
  ['mv a b', 'mv', { from: 'a', to: 'b' }],
  ['rm a b', 'rm', { templates: ['a', 'b'] }],
  ['inspect web', 'inspect', { name: 'web' }],
  ['diff web', 'diff', { name: 'web' }],
  ['diff web warm', 'diff', { name: 'web', other: 'warm' }],
  ['export warm w.tar', 'exportTemplate', { template: 'warm', file: '/srv/w.tar' }],
  ['import w.tar', 'importTemplate', { file: '/srv/w.tar' }],
  ['import w.tar cold', 'importTemplate', { file: '/srv/w.tar', template: 'cold' }],
  ['mount store', 'mount', { directory: '/srv/store' }],
  ['umount /store', 'umount', { directory: '/store' }],
  ['run -d -- sh -c true', 'run', { command: ['sh', '-c', 'true'], cwd: '/srv', remove: false }],
  ['run -d sh -c true', 'run', { command: ['sh', '-c', 'true'], cwd: '/srv', remove: false }],
  [
    'run --from base -d --rm -p 80:8080 -p 9 -e A=1 -e B= -w /w -- x --json',
    'run',
    {
      command: ['x', '--json'],
      from: 'base',
      cwd: '/w',
      remove: true,
      env: { A: '1', B: '' },
      ports: [
        { public: 80, port: 8080 },
        { public: null, port: 9 },
      ],
    },
  ],
  [
    'run --from base -d --wait-for port:80 -- x',
    'run',
    { command: ['x'], from: 'base', remove: false, waitFor: { kind: 'port', port: 80 } },
  ],
  [
    'run --from base -d --wait-for log:^up$ -- x',
    'run',
    { command: ['x'], from: 'base', remove: false, waitFor: { kind: 'log', pattern: '^up$' } },
  ],
  [
    'run --from base -d --wait-for exec:true -- x',
    'run',
    { command: ['x'], from: 'base', remove: false, waitFor: { kind: 'exec', command: 'true' } },
  ],
  ['run --vproc preload --from base -d x', 'run', { command: ['x'], from: 'base', remove: false, vproc: 'preload' }],
  [
    'run -e A=1 --raw-calls all --from base -d x',
    'run',
    { command: ['x'], from: 'base', remove: false, env: { A: '1', APPSHOT_RAW_CALLS: 'all' } },
  ],
  ['run --io-uring none --from base -d x', 'run', { command: ['x'], from: 'base', remove: false, env: { APPSHOT_IO_URING: 'none' } }],
  ['clone t --raw-calls none', 'clone', { template: 't', env: { APPSHOT_RAW_CALLS: 'none' } }],
  ['ps', 'ps', { all: false }],
  ['ps -aq', 'ps', { all: true }],
  ['--json ps', 'ps', { all: false }],
  ['exec web -w /w -e A=1 -- ls -l', 'exec', { aid: 'web', command: ['ls', '-l'], env: { A: '1' }, cwd: '/w' }],
  ['exec web ls -l', 'exec', { aid: 'web', command: ['ls', '-l'] }],
  ['logs web', 'logs', { aid: 'web' }],
  ['stop -t 3 a b', 'stop', { aids: ['a', 'b'], seconds: 3 }],
  ['stop a', 'stop', { aids: ['a'] }],
  ['kill a', 'kill', { aids: ['a'] }],
  ['kill -s hup a', 'kill', { aids: ['a'], signal: 'SIGHUP' }],
  ['kill -s 34 a', 'kill', { aids: ['a'], signal: '34' }],
  ['kill -s 15 a', 'kill', { aids: ['a'], signal: 'SIGTERM' }],
  ['destroy a b', 'destroy', { aids: ['a', 'b'] }],
  ['snapshot a', 'snapshot', { aid: 'a', keepRunning: false }],
  ['snapshot a --keep-running', 'snapshot', { aid: 'a', keepRunning: true }],
  ['restore a', 'restore', { aid: 'a' }],
  ['restore a --vproc namespace', 'restore', { aid: 'a', vproc: 'namespace' }],
  ['commit a t', 'commit', { aid: 'a', template: 't', stop: false }],
  ['commit --stop a t', 'commit', { aid: 'a', template: 't', stop: true }],
  ['clone t', 'clone', { template: 't' }],
  [
    'clone t --aid a -n 3 -p 80:81 -e X=y',
    'clone',
    { template: 't', aid: 'a', count: 3, ports: [{ public: 80, port: 81 }], env: { X: 'y' } },
  ],
  ['ids a', 'ids', { aid: 'a' }],
  ['ports', 'ports', {}],
  ['ports a', 'ports', { aid: 'a' }],
  ['rules explain t path /etc', 'rulesExplain', { name: 't', type: 'path', value: '/etc' }],
];

for (const [line, op, arg] of rows) {
  test(`appshot ${line}`, async (t) => {
    const world = await makeWorld(t);
    await world.run(line.split(' '));
    const [asked, given] = world.calls.at(-1) ?? [];
    const inherit = (given as { inherit?: unknown }).inherit;
    t.deepEqual([asked, given], [op, { ...(arg as object), ...(inherit === undefined ? {} : { inherit }) }]);
  });
}

test('an application inherits the environment of the command that started it', async (t) => {
  const world = await makeWorld(t);
  await world.run(['run', '-d', '--', 'x'], { env: { LANG: 'C' } });
  t.like(world.calls.at(-1)?.[1], { inherit: { ...world.env, LANG: 'C' } });
});

test('a rule file is sent as text with its absolute path', async (t) => {
  const world = await makeWorld(t);
  writeFileSync(join(world.home, 'app.rules'), 'SET ENV "X" = "v"\n');
  const rules = { text: 'SET ENV "X" = "v"\n', file: join(world.home, 'app.rules') };
  await world.run(['clone', 't', '--rules', 'app.rules'], { cwd: world.home });
  t.deepEqual(world.calls.at(-1), ['clone', { template: 't', rules }]);
});

test('APPSHOT_VPROC is read by the command, and a variable without a value is passed on', async (t) => {
  const world = await makeWorld(t);
  await world.run(['clone', 't', '-e', 'LANG', '-e', 'UNSET'], { env: { APPSHOT_VPROC: 'preload', LANG: 'C' } });
  t.deepEqual(world.calls.at(-1), ['clone', { template: 't', vproc: 'preload', env: { LANG: 'C' } }]);
  t.deepEqual(await world.run(['clone', 't'], { env: { APPSHOT_VPROC: 'magic' } }), {
    code: 2,
    stdout: '',
    stderr: "appshot: clone t: 'magic' is no mechanism for virtual ids; it is namespace or preload (--vproc, APPSHOT_VPROC)\n",
  });
});

test('an instance that is there already is run in its own directory', async (t) => {
  const world = await makeWorld(t, { logs: () => Promise.resolve({ stdout: '/nowhere/out', stderr: '/nowhere/err' }) });
  await world.run(['run', '-d', '--aid', 'a', '--', 'x']);
  const inherit = { ...world.env };
  t.deepEqual(world.calls.at(-1), ['run', { command: ['x'], aid: 'a', inherit, remove: false }]);
});
