import test from 'ava';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { allPrograms } from './programs.ts';

test('every program stands in exactly one table', (t) => {
  const folder = join(projectRoot, 'test/state');
  const listed = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts') && file !== 'all-programs.test.ts')
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/\bprogram: '([^']+)'/g)].map((match) => match[1] ?? ''));
  t.deepEqual(listed.sort(), allPrograms());
});
