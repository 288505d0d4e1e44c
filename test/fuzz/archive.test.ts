/**
 * Archives that were changed anywhere: what is imported is whole, and what isn't leaves nothing and is refused in one line that says what is
 * wrong, never with what a program says of itself. APPSHOT_FUZZ=N tries N/500 of each kind.
 */
import test, { type ExecutionContext } from 'ava';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { addon } from '../../native/addon.ts';
import { unpacked } from '../support/unpacked.ts';
import { Appshot, AppshotError } from '../../src/appshot.ts';
import { storePaths } from '../../src/paths.ts';
import { endStore } from '../support/end-store.ts';
import * as change from './archive.ts';

const RUNS = Math.max(1, Math.floor(Number(process.env['APPSHOT_FUZZ'] ?? 40_000) / 500));
const home = mkdtempSync(join(tmpdir(), 'appshot-test-archives-'));
const scratch = mkdtempSync(join(tmpdir(), 'appshot-archives-'));
const sound: Record<'files' | 'running', change.Part[]> = { files: [], running: [] };
let appshot: Appshot;

test.before(async () => {
  appshot = await Appshot.open({ paths: storePaths({ APPSHOT_HOME: home }) });
  await appshot.create({ template: 'files', root: someFiles() });
  await appshot.run({ aid: 'source', command: ['sleep', '1000'], cwd: '/' });
  await appshot.commit({ aid: 'source', template: 'running', stop: true });
  for (const template of ['files', 'running'] as const) {
    const file = join(scratch, template);
    await appshot.exportTemplate({ template, file });
    sound[template] = change.parts(await unpacked(readFileSync(file)));
  }
  // From now on they are another store's.
  await appshot.destroy({ aids: ['source'] });
  await appshot.rm({ templates: ['files', 'running'] });
});
test.after.always(async () => {
  await appshot.close();
  endStore(home);
  rmSync(scratch, { recursive: true, force: true });
});

function someFiles(): string {
  const root = join(scratch, 'root');
  mkdirSync(join(root, 'etc/deep'), { recursive: true });
  writeFileSync(join(root, 'etc/file'), 'content\n'.repeat(100));
  chmodSync(join(root, 'etc/file'), 0o4755);
  linkSync(join(root, 'etc/file'), join(root, 'etc/hard'));
  symlinkSync('../file', join(root, 'etc/deep/link'));
  writeFileSync(join(root, 'etc/.wh.own-name'), 'no whiteout');
  addon().setXattr(join(root, 'etc/deep'), 'user.bytes', Buffer.from([0, 10, 255, 61]));
  addon().makeNode(join(root, 'etc/fifo'), 0o010640);
  addon().makeNode(join(root, 'etc/socket'), 0o140755);
  return root;
}

/** Of the store, whatever a failed import could leave. */
const kept = (): string =>
  ['layers', 'images', 'lib']
    .map((part) => `${part}: ${readdirSync(join(home, 'data', part)).join(' ')}`)
    .concat(readdirSync(join(home, 'run/mnt'), { recursive: true }).map(String))
    .join('\n');

/** What JavaScript and its libraries say, which tells nobody what is wrong with his archive. */
const OF_PROGRAMS = /TypeError|RangeError|SyntaxError|undefined|Cannot |is not a function|argument must|ERR_|\[object|\bat .*:\d+:\d+/;

/** Imports it; whether it was. Throws unless all is as it should be. */
async function tried(bytes: Buffer): Promise<boolean> {
  const file = join(scratch, 'changed');
  writeFileSync(file, bytes);
  const before = kept();
  let imported = false;
  try {
    await appshot.importTemplate({ file, template: 'changed' });
    imported = true;
    await appshot.inspect({ name: 'changed' });
    await appshot.ls({ target: 'changed:/' });
  } catch (error) {
    if (!(error instanceof AppshotError)) throw error;
    if (error.message.includes('\n') || OF_PROGRAMS.test(error.message) || error.code === 'failed')
      throw new Error(`${error.code}: ${error.message}`, { cause: error });
  }
  if (imported) await appshot.rm({ templates: ['changed'] });
  if ((await appshot.ls({})).length > 0) throw new Error('something is listed');
  if (kept() !== before) throw new Error(`it left ${kept()}`);
  return imported;
}

async function each<T>(
  t: ExecutionContext,
  changes: fc.Arbitrary<T>,
  changed: (kind: 'files' | 'running', what: T) => Buffer,
): Promise<void> {
  t.timeout(3_600_000);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('files' as const, 'running' as const), changes, async (kind, what) => {
      if (!(await tried(changed(kind, what)))) refused++;
    }),
    { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
  );
  t.true(refused > RUNS / 20, 'the changes reach what is checked');
}

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 4 });

test.serial('what was exported is imported, taken apart and put together again', async (t) => {
  for (const kind of ['files', 'running'] as const) t.true(await tried(change.archive(change.digested(sound[kind]))));
});

test.serial('an archive whose bytes were changed', (t) =>
  each(t, few(change.byteChange), (kind, changes) => change.changedBytes(change.archive(sound[kind]), changes)),
);

test.serial('a manifest that says something else', (t) =>
  each(t, few(change.manifestChange), (kind, changes) => {
    const [first, ...rest] = sound[kind];
    const manifest = { name: first?.name ?? '', data: change.changedManifest(first?.data ?? Buffer.alloc(0), changes) };
    return change.archive(change.digested([manifest, ...rest]));
  }),
);

test.serial('records that were changed and sealed again', (t) =>
  each(t, few(change.byteChange), (_, changes) => {
    const records = (data: Buffer): Buffer => change.changedRecords(data, changes);
    return change.archive(change.digested(change.withMember(sound.running, /^images\/.*\/records$/, records)));
  }),
);

test.serial("a layer's files that were changed", (t) =>
  each(t, few(change.byteChange), (kind, changes) => {
    const tar = (data: Buffer): Buffer => change.changedBytes(data, changes);
    return change.archive(change.digested(change.withMember(sound[kind], /^layers\//, tar)));
  }),
);

const move = fc.record({ at: fc.nat(100), how: fc.constantFrom('drop' as const, 'twice' as const, 'last' as const) });
test.serial('members that are missing, there twice, or in another place', (t) =>
  each(t, few(move), (kind, moves) => {
    const all = [...sound[kind]];
    for (const { at, how } of moves) {
      const place = at % Math.max(all.length, 1);
      const part = how === 'twice' ? all[place] : all.splice(place, 1)[0];
      if (how !== 'drop' && part !== undefined) all.push(part);
    }
    return change.archive(all);
  }),
);
