import test from 'ava';
import { programs } from '../../native/programs.ts';
import { exportedFunctions, installedGlibc, readGlibcTable, verdictOf } from '../../vproc/glibc-table.ts';

const library = installedGlibc();
const again = 'think about it, then: node dist/vproc/glibc-table.js';

(library === null ? test.skip : test)('every function that the installed glibc exports stands in the table', (t) => {
  const known = new Set(readGlibcTable().map((row) => row.name));
  const missing = exportedFunctions(library ?? '').filter((name) => !known.has(name));
  t.deepEqual(missing, [], again);
});

test('the table says interposed of what the library interposes, and of nothing else', (t) => {
  const interposed = new Set(exportedFunctions(programs.preload));
  const rows = readGlibcTable();
  t.deepEqual(
    rows.filter((row) => (row.verdict === 'interposed') !== interposed.has(row.name)).map((row) => row.name),
    [],
    again,
  );
  for (const row of rows) t.deepEqual(row, verdictOf(row.name, interposed), again);
});

test('a function that nobody has thought about has no verdict', (t) => {
  t.is(verdictOf('zz_new_call_that_takes_a_pid', new Set()), null);
});
