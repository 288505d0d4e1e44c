import test from 'ava';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insideRoot } from '../src/inside-root.ts';

test('a path inside a root: links, dots and what is not there', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'appshot-inside-root-'));
  t.teardown(() => {
    rmSync(root, { recursive: true });
  });
  mkdirSync(join(root, 'a/b'), { recursive: true });
  symlinkSync('/a', join(root, 'absolute'));
  symlinkSync('../../..', join(root, 'a/up'));
  symlinkSync('round', join(root, 'round'));
  symlinkSync('missing/thing', join(root, 'dangling'));
  const inside = (path: string, follow = true): string => insideRoot(root, path, follow).slice(root.length);
  t.is(inside('/absolute/b'), '/a/b');
  t.is(inside('absolute', false), '/absolute');
  t.is(inside('absolute/', false), '/a');
  t.is(inside('/a/up/../../etc'), '/etc');
  t.is(inside('/a/up/a/up/absolute/./b/'), '/a/b');
  t.is(inside('/dangling/more'), '/missing/thing/more');
  t.is(inside('/'), '');
  t.throws(() => inside('/round/x'), { message: /too many levels of symbolic links/ });
});
