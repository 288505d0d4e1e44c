import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { Compiled, runPlain } from './compiled.ts';

const compiled = new Compiled();
test.after.always(() => {
  compiled.close();
});

for (const [what, model] of [
  ['an id two owners, or a process two ids', 'model/claims'],
  ['a port two entries', 'model/ports'],
] as const)
  test.serial(`no interleaving and no kill gives ${what}`, async (t) => {
    t.timeout(240_000);
    const { code, output } = await runPlain(compiled.make(model), 200_000);
    t.is(code, 0, output);
    for (const line of output.trimEnd().split('\n')) t.log(line);
  });

interface Mistake {
  readonly model: string;
  /** Of native/shared. */
  readonly file: string;
  readonly what: string;
  readonly right: string;
  readonly wrong: string;
}
const ofIds = (what: string, right: string, wrong: string): Mistake => ({ model: 'model/claims', file: 'id-words.h', what, right, wrong });
const ofPorts = (what: string, right: string, wrong: string): Mistake => ({
  model: 'model/ports',
  file: 'port-words.h',
  what,
  right,
  wrong,
});

/** Each is one that somebody could make, and must be found. */
const mistakes: readonly Mistake[] = [
  ofIds('what others claim meanwhile is not looked at', 'if (current && (used || !passed)) return false;', 'if (current) return true;'),
  ofIds('a claim is used at once', 'mine = id_word(ID_PENDING,', 'mine = id_word(ID_USED,'),
  ofIds('two that claim at once take it from each other for ever', '(used || !passed)', '(used)'),
  ofIds(
    'a word of an earlier process with the number is believed',
    'return one == 0 || other == 0 || one == other;',
    'return true || one == other;',
  ),
  ofPorts('what others claim meanwhile is not looked at', 'if (!port_alone(ports, at, mine)) {', 'if (false) {'),
  ofPorts('a claim is used at once', 'mine = port_word(ENTRY_PENDING,', 'mine = port_word(ENTRY_USED,'),
  ofPorts('two that claim at once take it from each other for ever', ' || i < own ||', ' ||'),
  ofPorts('what a killed process has left is not finished', 'at = port_find(ports, type, port, ENTRY_PENDING, &mine);', 'at = -1;'),
];
for (const { model, file, what, right, wrong } of mistakes)
  test.serial(`${model} finds it when ${what}`, async (t) => {
    t.timeout(240_000);
    const headers = join(compiled.directory, 'headers');
    cpSync(join(projectRoot, 'native/shared'), join(headers, 'shared'), { recursive: true });
    const path = join(headers, 'shared', file);
    const text = readFileSync(path, 'utf8');
    t.true(text.includes(right), `"${right}" stands there no more: change this test with the protocol`);
    writeFileSync(path, text.replace(right, wrong));
    const { code, output } = await runPlain(compiled.make(model, headers), 200_000);
    t.is(code, 1, output);
    t.regex(output, /wrong: /);
  });

for (const model of ['model/claims', 'model/ports', 'model/killed'])
  test.serial(`${model} does nothing that is undefined, and leaves no memory behind`, async (t) => {
    t.timeout(600_000);
    const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const { code, output } = await runPlain(compiled.make(model, undefined, sanitized), 500_000);
    t.is(code, 0, output);
  });

test('processes that are killed while they claim leave nothing that stands in the way', async (t) => {
  t.timeout(60_000);
  t.deepEqual(await runPlain(compiled.make('model/killed')), { code: 0, output: 'ok\n' });
});
