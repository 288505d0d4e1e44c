import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { Compiled, runPlain } from './compiled.ts';

const compiled = new Compiled();
test.after.always(() => {
  compiled.close();
});

test('no interleaving and no kill gives an id two owners, or a process two ids', async (t) => {
  t.timeout(240_000);
  const { code, output } = await runPlain(compiled.make('model/claims'), 200_000);
  t.is(code, 0, output);
  for (const line of output.trimEnd().split('\n')) t.log(line);
});

/** Each is one mistake that somebody could make in native/shared/id-words.h, and must be found. */
const mistakes: readonly [what: string, right: string, wrong: string][] = [
  ['what others claim meanwhile is not looked at', 'if (current && (used || !passed)) return false;', 'if (current) return true;'],
  ['a claim is used at once', 'mine = id_word(ID_PENDING,', 'mine = id_word(ID_USED,'],
  ['two that claim at once take it from each other for ever', '(used || !passed)', '(used)'],
  [
    'a word of an earlier process with the number is believed',
    'return one == 0 || other == 0 || one == other;',
    'return true || one == other;',
  ],
];
for (const [what, right, wrong] of mistakes)
  test.serial(`the model finds it when ${what}`, async (t) => {
    t.timeout(240_000);
    const headers = join(compiled.directory, 'headers');
    cpSync(join(projectRoot, 'native/shared'), join(headers, 'shared'), { recursive: true });
    const file = join(headers, 'shared/id-words.h');
    const text = readFileSync(file, 'utf8');
    t.true(text.includes(right), `"${right}" stands there no more: change this test with the protocol`);
    writeFileSync(file, text.replace(right, wrong));
    const { code, output } = await runPlain(compiled.make('model/claims', headers), 200_000);
    t.is(code, 1, output);
    t.regex(output, /wrong: /);
  });

test('processes that are killed while they claim leave nothing that stands in the way', async (t) => {
  t.timeout(60_000);
  t.deepEqual(await runPlain(compiled.make('model/killed')), { code: 0, output: 'ok\n' });
});
