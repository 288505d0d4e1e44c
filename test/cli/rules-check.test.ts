import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorld } from './support.ts';

test('a good rule file is exit 0 without a word', async (t) => {
  const world = await makeWorld(t);
  writeFileSync(join(world.home, 'good.rules'), 'Define <APPL-ID> as PROPERTY application-ID\nSET ENV "X" = "v"\n');
  t.deepEqual(await world.run(['rules', 'check', 'good.rules'], { cwd: world.home }), { code: 0, stdout: '', stderr: '' });
  t.deepEqual(world.calls, []);
});

test('mistakes are file:line:col: message, exit 1', async (t) => {
  const world = await makeWorld(t);
  writeFileSync(join(world.home, 'bad.rules'), 'SET ENV "X" = "v"\nREDIR PATH "a" two "b"\nFLY\n');
  const { code, stdout, stderr } = await world.run(['rules', 'check', 'bad.rules'], { cwd: world.home });
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^bad\.rules:2:\d+: [^\n]+\nbad\.rules:3:1: [^\n]+\n$/);
  const json = await world.run(['rules', 'check', 'bad.rules', '--json'], { cwd: world.home });
  const [first] = json.stdout.split('\n').map((line) => JSON.parse(line || '{}') as { file: string; line: number });
  t.like(first, { file: join(world.home, 'bad.rules'), line: 2 });
});

test('a rule file that is not there', async (t) => {
  const world = await makeWorld(t);
  t.deepEqual(await world.run(['rules', 'check', 'none.rules'], { cwd: world.home }), {
    code: 1,
    stdout: '',
    stderr: 'appshot: rules check: none.rules: no such file or directory\n',
  });
  t.is(
    (await world.run(['clone', 'x', '--rules', '.'], { cwd: world.home })).stderr,
    'appshot: clone x: .: illegal operation on a directory\n',
  );
});
