import test from 'ava';
import { AppshotError } from '../../src/errors.ts';
import { makeWorld } from './support.ts';

/** Misused: exit 2, one line, nothing on standard output, nothing asked of the daemon. */
const misuses: readonly (readonly [line: string, words: string])[] = [
  ['', 'command line: no command was named; see appshot --help'],
  ['fly', 'fly: there is no such command; see appshot --help'],
  ['clon', 'clon: there is no such command (did you mean clone?); see appshot --help'],
  ['--fly ps', "ps: unknown option '--fly'; see appshot ps --help"],
  ['ps --jsn', "ps: unknown option '--jsn' (Did you mean --json?); see appshot ps --help"],
  ['ps extra', 'ps: too many arguments. Expected 0 arguments but got 1; see appshot ps --help'],
  ['rules fly', 'rules fly: there is no such command; there are rules check, rules explain'],
  ['commit web', "commit: missing required argument 'template'; see appshot commit --help"],
  [
    'clone t -n none',
    "clone: option '-n, --count <count>' argument 'none' is invalid. It must be a whole number, at least 1; see appshot clone --help",
  ],
  [
    'clone t -p 99999',
    "clone: option '-p, --publish <[public:]port>' argument '99999' is invalid. It must be [PUBLIC:]PORT, each 1 to 65535; see appshot clone --help",
  ],
  [
    'clone t -p 0:80',
    "clone: option '-p, --publish <[public:]port>' argument '0:80' is invalid. It must be [PUBLIC:]PORT, each 1 to 65535; see appshot clone --help",
  ],
  [
    'kill -s BANG a',
    "kill: option '-s, --signal <signal>' argument 'BANG' is invalid. It must be a signal such as TERM or 15; see appshot kill --help",
  ],
  [
    'run -d --wait-for log:( -- x',
    "run: option '--wait-for <what>' argument 'log:(' is invalid. It must be port:N, log:REGEX or exec:CMD; see appshot run --help",
  ],
  ['run', 'run: no command was given; appshot run -- CMD...'],
  ['run -d web -- ls', "run: 'web' stands before --; put the command after it: appshot run ... -- CMD..."],
  ['exec web', 'exec web: no command was given; appshot exec web -- CMD...'],
  ['exec', "exec: missing required argument 'aid'; see appshot exec --help"],
];

for (const [line, words] of misuses) {
  test(`misused: appshot ${line}`, async (t) => {
    const world = await makeWorld(t);
    t.deepEqual(await world.run(line === '' ? [] : line.split(' ')), { code: 2, stdout: '', stderr: `appshot: ${words}\n` });
    t.deepEqual(world.calls, []);
  });
}

test('what the daemon refuses as misuse is exit 2 too', async (t) => {
  const world = await makeWorld(t);
  t.deepEqual(await world.run(['destroy', 'WEB']), {
    code: 2,
    stdout: '',
    stderr: "appshot: destroy: 'WEB' is no instance name: a-z, 0-9, then also . _ -, at most 63\n",
  });
});

test('a failure is exit 1, one line with the next step', async (t) => {
  const world = await makeWorld(t, {
    commit: () => Promise.reject(new AppshotError('not-found', 'commit web', 'there is no\ninstance web', 'see appshot ps')),
  });
  t.deepEqual(await world.run(['commit', 'web', 'warm']), {
    code: 1,
    stdout: '',
    stderr: 'appshot: commit web: there is no instance web; see appshot ps\n',
  });
});

test('an error that is no AppshotError is one line that names the log', async (t) => {
  const world = await makeWorld(t, { ids: () => Promise.reject(new Error('disk on fire\nand more')) });
  t.deepEqual(await world.run(['ids', 'web']), { code: 1, stdout: '', stderr: `appshot: ids: disk on fire; see ${world.paths.log}\n` });
});

test("the system's own errors are told in words, with the path", async (t) => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/store/x'"), {
    code: 'ENOSPC',
    errno: -28,
    path: '/store/x',
  });
  const world = await makeWorld(t, { ids: () => Promise.reject(full) });
  t.deepEqual(await world.run(['ids', 'web']), {
    code: 1,
    stdout: '',
    stderr: 'appshot: ids: /store/x: no space left on device; free some room and try again\n',
  });
});

test('a stack is shown with --debug alone', async (t) => {
  const world = await makeWorld(t);
  const without = await world.run(['ids', 'web']);
  t.is(without.stderr.split('\n').length, 2);
  const { stderr } = await world.run(['ids', 'web', '--debug']);
  t.regex(stderr, /^appshot: ids: not in this test\n[^]*\n {4}at /);
  t.regex(stderr, /in the daemon: /);
});

const foreign: readonly (readonly [code: 'not-found' | 'permission' | 'refused' | 'failed' | 'misuse', what: string, exit: number])[] = [
  ['not-found', 'exec x', 127],
  ['not-found', 'run x', 127],
  ['permission', 'run x', 126],
  ['refused', 'run x', 126],
  ['failed', 'exec x', 125],
  ['not-found', 'run web', 125],
  ['failed', 'run web', 125],
  ['misuse', 'run web', 2],
];

for (const [code, what, exit] of foreign) {
  test(`run and exec: ${code} of '${what}' is exit ${exit}`, async (t) => {
    const fail = (): Promise<never> => Promise.reject(new AppshotError(code, what, 'because'));
    const world = await makeWorld(t, { run: fail, exec: fail });
    for (const line of [
      ['run', '-d', '--', 'x'],
      ['exec', 'web', '--', 'x'],
    ])
      t.deepEqual(await world.run(line), { code: exit, stdout: '', stderr: `appshot: ${what}: because\n` });
  });
}

test('a store that no socket can be made for is told in words', async (t) => {
  const world = await makeWorld(t);
  const { code, stderr } = await world.run(['ps'], { env: { APPSHOT_HOME: `/tmp/${'x'.repeat(120)}` } });
  t.is(code, 2);
  t.regex(
    stderr,
    /^appshot: reach the daemon: a socket's path has at most 107 bytes, \/tmp\/x+\/run\/daemon.sock has 141; choose a shorter APPSHOT_HOME\n$/,
  );
});

test('a store that cannot be made is told in words', async (t) => {
  const world = await makeWorld(t);
  const { code, stderr } = await world.run(['ps'], { env: { APPSHOT_HOME: '/dev/null/x' } });
  t.is(code, 1);
  t.regex(stderr, /^appshot: start the daemon: \/dev\/null\/x[^\n]*: not a directory\n$/);
});

test('a store that no directory can be made for is told in words, at once', async (t) => {
  const world = await makeWorld(t);
  const { code, stderr } = await world.run(['ps'], { env: { APPSHOT_HOME: '/proc/self/x/y' } });
  t.is(code, 1);
  t.regex(stderr, /^appshot: start the daemon: \/proc\/\d+\/x: no such file or directory\n$/);
});
