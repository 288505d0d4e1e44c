import test from 'ava';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';

const range = (from: number, to: number): number[] => Array.from({ length: (to - from) / 2 + 1 }, (_, index) => from + index * 2);

/** The numbered steps of the specification's flow charts and sequences. */
const figures: Readonly<Record<number, readonly number[]>> = {
  5: [250, 252, 254, 256, 258, 260, 264, 266, 268, 270, 278, 280, 282],
  6: [300, 302, 304, 308, 314, 316, 320, 322, 324, 326, 328, 330, 332],
  8: range(360, 390),
  9: range(400, 426),
  10: range(510, 518),
  11: range(520, 530),
  12: range(532, 540),
  13: range(542, 554),
  14: range(556, 570),
  15: range(580, 602),
};

function stepsInCode(): Set<number> {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'native', 'vproc', 'fs', 'db'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const found = new Set<number>();
  for (const file of listed.split('\n').filter((name) => /\.(ts|c|cc|h)$/.test(name)))
    for (const [, words = ''] of readFileSync(join(projectRoot, file), 'utf8').matchAll(
      /(?:steps?|decision)\s+((?:\d{3}(?:'s)?[\s*,/()]*(?:-|and|to)?[\s*,/]*)+)/gi,
    ))
      for (const step of expand(words)) found.add(step);
  return found;
}

/** `258`, `364, 366 and 370`, `524-530`, `422 to 426`. */
function expand(words: string): number[] {
  const between = [...words.matchAll(/(\d{3})\s*(?:-|to)\s*(\d{3})/g)].flatMap(([, from, to]) => range(Number(from), Number(to)));
  return [...between, ...[...words.matchAll(/\d{3}/g)].map(([step]) => Number(step))];
}

test('every step of FIG. 5 to 15 is findable in the code', (t) => {
  const found = stepsInCode();
  for (const [figure, steps] of Object.entries(figures))
    t.deepEqual(
      steps.filter((step) => !found.has(step)),
      [],
      `FIG. ${figure}`,
    );
});
