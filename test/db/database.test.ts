import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { sqlite } from '../../db/driver.ts';
import { migrations } from '../../db/migrations/index.ts';
import { inWords } from '../../db/failures.ts';
import { openDatabase } from '../../db/index.ts';
import { AppshotError } from '../../src/errors.ts';
import { addInstance, layer, workspace } from './workspace.ts';

const scratch = (): string => mkdtempSync(join(tmpdir(), 'appshot-db-'));

test('the file is private, and what was written is there again', (t) => {
  const directory = scratch();
  const file = join(directory, 'appshot.db');
  const first = openDatabase(file);
  t.is(statSync(file).mode & 0o777, 0o600);
  first.aids.insert({ name: 'web', allocated: '2026' });
  t.is(statSync(`${file}-wal`).mode & 0o777, 0o600);
  const second = openDatabase(file);
  t.true(second.aids.has('web'));
  t.deepEqual(second.check(), []);
  first.close();
  second.close();
  const third = openDatabase(file);
  t.true(third.aids.has('web'));
  third.close();
  rmSync(directory, { recursive: true });
});

test('migrations are numbered without gaps, and one that fails leaves nothing', (t) => {
  t.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, index) => index + 1),
  );
  const w = workspace();
  const plain = new sqlite(w.file);
  t.is(plain.pragma('user_version', { simple: true }), migrations.length);
  t.is(plain.pragma('journal_mode', { simple: true }), 'wal');
  plain.pragma(`user_version = ${migrations.length + 1}`);
  plain.close();
  const error = t.throws(() => openDatabase(w.file), { instanceOf: AppshotError });
  t.is(error.code, 'unsupported');
  w.remove();
});

test('a file that is no database is refused and left as it is', (t) => {
  const directory = scratch();
  const file = join(directory, 'appshot.db');
  const content = randomBytes(8192);
  writeFileSync(file, content);
  const error = t.throws(() => openDatabase(file), { instanceOf: AppshotError });
  t.is(error.code, 'corrupt');
  t.true(error.message.startsWith(`database ${file}: `));
  t.deepEqual(readFileSync(file), content);
  rmSync(directory, { recursive: true });
});

test('damage within the file is told as damage', (t) => {
  const w = workspace();
  for (let i = 0; i < 2000; i++) w.db.layers.insert(layer(`layer-${i}`));
  w.db.close();
  const bytes = readFileSync(w.file);
  for (let page = 2; page < bytes.length / 4096; page++) bytes.fill(0xff, page * 4096, page * 4096 + 100);
  writeFileSync(w.file, bytes);
  const error = t.throws(
    () => {
      const db = openDatabase(w.file);
      try {
        db.layers.list();
      } finally {
        db.close();
      }
    },
    { instanceOf: AppshotError },
  );
  t.is(error.code, 'corrupt');
  w.remove();
});

test('a column that holds what it can not hold is damage too', (t) => {
  const w = workspace();
  addInstance(w.db, 'web');
  const plain = new sqlite(w.file);
  plain.exec("UPDATE instances SET env = '[1'");
  plain.close();
  const error = t.throws(() => w.db.instances.get('web'), { instanceOf: AppshotError });
  t.is(error.code, 'corrupt');
  w.remove();
});

test('a directory that is not there or not ours is said in words', (t) => {
  const error = t.throws(() => openDatabase('/nonexistent/appshot.db'), { instanceOf: AppshotError });
  t.regex(error.message, /^database \/nonexistent\/appshot\.db: .*ENOENT/);
});

test('a full disk is told as such, and what was there before is whole', (t) => {
  const w = workspace();
  const small = new sqlite(w.file);
  small.pragma('max_page_count = 60');
  const insert = small.prepare("INSERT INTO layers (id, kind, path, state, size, created) VALUES (?, 'private', ?, 'sealed', 0, '')");
  const failure = t.throws(
    () => {
      for (let i = 0; i < 1000; i++) insert.run(`l${i}`, 'x'.repeat(2000));
    },
    { any: true },
  );
  const words = inWords(failure, w.file);
  t.true(words instanceof AppshotError && words.code === 'no-space' && words.next === 'make room and try again', String(words));
  small.close();
  t.deepEqual(w.db.check(), []);
  t.true(w.db.layers.list().length > 0);
  w.remove();
});

test('a lock that is kept is waited for, and then named', (t) => {
  const w = workspace();
  const other = new sqlite(w.file);
  other.exec('BEGIN IMMEDIATE');
  const impatient = new sqlite(w.file, { timeout: 20 });
  const failure = t.throws(() => impatient.exec('BEGIN IMMEDIATE'), { any: true });
  t.is((inWords(failure, w.file) as AppshotError).code, 'busy');
  other.exec('ROLLBACK');
  other.close();
  impatient.close();
  w.remove();
});
