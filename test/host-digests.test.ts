import test from 'ava';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDigests } from '../src/archive/host-digests.ts';
import { AppshotError } from '../src/errors.ts';
import { removeAll } from './support/remove.ts';

test("an archive that names the host's files is told which are others here, and waits for none", (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-digests-'));
  t.teardown(() => {
    removeAll(directory);
  });
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('same'), 'text');
  writeFileSync(at('longer'), 'text and more');
  writeFileSync(at('other'), 'TEXT');
  execFileSync('mkfifo', [at('fifo')]);
  const named = (name: string): { path: string; size: number; sha256: string } => ({
    path: at(name),
    size: 4,
    sha256: createHash('sha256').update('text').digest('hex'),
  });
  t.notThrows(() => {
    checkDigests([named('same')], 'import x');
  });
  for (const name of ['longer', 'other', 'fifo', 'missing']) {
    const error = t.throws(
      () => {
        checkDigests([named('same'), named(name)], 'import x');
      },
      { instanceOf: AppshotError },
    );
    t.true(error.message.includes(`${at(name)} is not the same here`), error.message);
  }
});
