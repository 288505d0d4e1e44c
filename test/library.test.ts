import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Library } from '../src/library.ts';
import { storePaths } from '../src/paths.ts';

test('a view that was mounted before an upgrade goes on loading the library that it has', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'appshot-library-'));
  t.teardown(() => {
    rmSync(home, { recursive: true });
  });
  const version = (content: string): Map<string, string> => {
    const file = join(home, 'library');
    writeFileSync(file, content);
    return new Map(new Library(storePaths({ APPSHOT_HOME: home }), file).injected());
  };
  const loaded = (view: Map<string, string>): string =>
    readFileSync(view.get('/etc/ld.so.preload') ?? '', 'utf8')
      .trim()
      .split('\n')
      .at(-1) ?? '';
  const before = version('one');
  const first = loaded(before);
  t.is(readFileSync(before.get(first) ?? '', 'utf8'), 'one');
  const after = version('two');
  t.is(loaded(before), first);
  t.not(loaded(after), first);
  t.is(readFileSync(after.get(loaded(after)) ?? '', 'utf8'), 'two');
  t.true(after.has(first), 'of templates');
});
