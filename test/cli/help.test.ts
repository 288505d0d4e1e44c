import test from 'ava';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../src/cli/registry.ts';
import { makeWorld } from './support.ts';

test('--help opens with examples and names every command', async (t) => {
  const world = await makeWorld(t);
  const { code, stdout, stderr } = await world.run(['--help']);
  t.is(code, 0);
  t.is(stderr, '');
  t.true(stdout.startsWith('Examples:\n  appshot run'));
  for (const name of Object.keys(registry)) t.true(stdout.includes(`\n  ${name} `), name);
});

for (const name of Object.keys(registry)) {
  test(`help of ${name}`, async (t) => {
    const world = await makeWorld(t);
    const { code, stdout } = await world.run([...name.split(' '), '--help']);
    t.is(code, 0);
    t.true(stdout.startsWith('Examples:\n  '));
    for (const part of [`Usage: appshot ${name}`, '--json', '-q, --quiet', '--no-input', '--debug', '-h, --help'])
      t.true(stdout.includes(part), part);
    t.deepEqual(await world.run(['help', ...name.split(' ')]), { code: 0, stdout, stderr: '' });
    t.deepEqual(await world.run([...name.split(' '), '-h']), { code: 0, stdout, stderr: '' });
  });
}

test('a family of commands is listed by its first word', async (t) => {
  const world = await makeWorld(t);
  const { code, stdout } = await world.run(['rules']);
  t.is(code, 0);
  t.regex(stdout, /^Usage: appshot rules COMMAND/);
});

test('--version', async (t) => {
  const world = await makeWorld(t);
  t.regex((await world.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  t.regex((await world.run(['-V', '--json'])).stdout, /^\{"version":"\d+\.\d+\.\d+"\}\n$/);
});

test('completions: bash accepts them, and they complete', async (t) => {
  const world = await makeWorld(t);
  const { code, stdout } = await world.run(['completion', 'bash']);
  t.is(code, 0);
  const ask = (words: string): string =>
    execFileSync(
      'bash',
      [
        '-c',
        `${stdout}
    appshot() { [ "$1" = ps ] && echo web-1 web-2 || echo warm; }
    COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _appshot; echo "\${COMPREPLY[*]}"`,
      ],
      { encoding: 'utf8' },
    ).trim();
  t.is(ask('appshot comm'), 'commit');
  t.is(ask('appshot destroy web'), 'web-1 web-2');
  t.is(ask('appshot clone w'), 'warm');
  t.is(ask('appshot clone --co'), '--count');
  t.is(ask('appshot rules ch'), 'check');
  t.is(ask('appshot rules explain --js'), '--json');
});

test('completions for zsh and fish; others are refused', async (t) => {
  const world = await makeWorld(t);
  t.true((await world.run(['completion', 'zsh'])).stdout.startsWith('#compdef appshot\n'));
  t.regex((await world.run(['completion', 'fish'])).stdout, /complete -c appshot -n __fish_use_subcommand -a 'clone'/);
  t.deepEqual(await world.run(['completion', 'tcsh']), {
    code: 2,
    stdout: '',
    stderr: 'appshot: completion tcsh: no completions for this shell; there are bash, zsh, fish\n',
  });
  for (const shell of ['zsh', 'fish']) {
    const script = (await world.run(['completion', shell])).stdout;
    const file = join(world.home, `completion.${shell}`); // fish reads no socket, which a pipe of Node's is
    writeFileSync(file, script);
    const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    if (checked.error === undefined) t.is(checked.stderr, '');
  }
});
