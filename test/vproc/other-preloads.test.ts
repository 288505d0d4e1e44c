/** Libraries that other people put before a program, each beside this one: it does its work, and the program is committed and cloned as without it. */
import test, { type ExecutionContext } from 'ava';
import { existsSync } from 'node:fs';
import { eventually, TestStore } from '../support/store.ts';
import { Compiled } from './compiled.ts';

const compiled = new Compiled();
const store = new TestStore();
test.after.always(async () => {
  await store.close();
  compiled.close();
});

interface Other {
  readonly name: string;
  /** What it is in Debian's `package`. */
  readonly file: string;
  readonly package: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** A helper of its own, which prints `NUMBER:PID`; the number is told to the library by the variable. */
  readonly helper?: { readonly program: string; readonly variable: string };
}

const libraries = '/usr/lib/x86_64-linux-gnu';
const others: readonly Other[] = [
  { name: 'jemalloc', file: `${libraries}/libjemalloc.so.2`, package: 'libjemalloc2' },
  { name: 'tcmalloc', file: `${libraries}/libtcmalloc_minimal.so.4`, package: 'libtcmalloc-minimal4' },
  { name: 'eatmydata', file: `${libraries}/libeatmydata.so`, package: 'libeatmydata1' },
  {
    name: 'faketime',
    file: `${libraries}/faketime/libfaketimeMT.so.1`,
    package: 'libfaketime',
    variables: { FAKETIME: '@2001-02-03 04:05:06', DONT_FAKE_MONOTONIC: '1' },
  },
  { name: 'stdbuf', file: '/usr/libexec/coreutils/libstdbuf.so', package: 'coreutils', variables: { _STDBUF_O: '0' } },
  {
    name: 'fakeroot',
    file: `${libraries}/libfakeroot/libfakeroot-sysv.so`,
    package: 'fakeroot',
    variables: { FAKEROOTDONTTRYCHOWN: '1' },
    helper: { program: 'faked-sysv', variable: 'FAKEROOTKEY' },
  },
];

interface Id {
  readonly type: string;
  readonly virtual: number;
  readonly system: number;
}
const idsOf = async (aid: string): Promise<Id[]> => (await store.json<Id>('ids', aid)).filter(({ type }) => type !== 'port');
const virtualOnes = (ids: readonly Id[]): string[] => ids.map(({ type, virtual }) => `${type} ${virtual}`).sort();

/** The source and two clones find their state; the clones have the source's virtual ids, and no system id is another's. */
async function holds(t: ExecutionContext, command: readonly string[], mechanism: string): Promise<void> {
  await store.run('source', ['--vproc', mechanism, '--wait-for', 'log:^ready'], command);
  await store.ok('commit', 'source', 'first');
  const clones = (await store.clone('first', '-n', '2')).map(({ aid }) => aid);
  const ids = await idsOf('source');
  t.true(ids.filter(({ type }) => type === 'pid').length > 0, JSON.stringify(ids));
  for (const aid of clones) {
    const own = await idsOf(aid);
    t.deepEqual(virtualOnes(own), virtualOnes(ids), aid);
    const systems = new Set(ids.filter(({ type }) => !type.endsWith('key')).map(({ type, system }) => `${type} ${system}`));
    t.deepEqual(
      own.filter(({ type, system }) => systems.has(`${type} ${system}`)),
      [],
      aid,
    );
  }
  await everyoneProves(t, [...clones, 'source']);
  await store.ok('destroy', 'source', ...clones);
  await store.ok('rm', 'first');
}

async function everyoneProves(t: ExecutionContext, aids: readonly string[]): Promise<void> {
  await store.ok('kill', '-s', 'USR1', ...aids);
  await eventually(async () => {
    const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
    const wrong = rows.filter(({ aid, state }) => aids.includes(aid) && state !== 'exited 0');
    if (wrong.length > 0) throw new Error(`${JSON.stringify(wrong)} ${await store.ok('logs', wrong[0]?.aid ?? '')}`);
  });
  for (const aid of aids) t.is((await store.ok('logs', aid)).trimEnd().split('\n').at(-1), 'ok', aid);
}

/** The program's words, for a shell that becomes it. */
function command({ name, file, variables, helper }: Other, binary: string): string[] {
  const given = Object.entries({ ...variables, LD_PRELOAD: file }).map(([variable, value]) => `${variable}='${value}'`);
  const begun = helper === undefined ? '' : `said=$(${helper.program}); export HELPER=\${said#*:} ${helper.variable}=\${said%%:*}; `;
  return ['sh', '-c', `${begun}export ${given.join(' ')}; exec ${binary} ${name}`];
}

for (const other of others) {
  const missing = existsSync(other.file) ? '' : `: ${other.package} is not installed`;
  (missing === '' ? test.serial : test.serial.skip)(`beside ${other.name}${missing}`, async (t) => {
    t.timeout(120_000);
    await holds(t, command(other, compiled.make('beside/keeps')), 'preload');
  });
}

test.serial('a program that is built with AddressSanitizer', async (t) => {
  t.timeout(120_000);
  const binary = compiled.make('beside/keeps', undefined, ['-fsanitize=address']);
  await holds(t, [binary], 'preload');
});

test.serial('a static program that opens a library: had under namespace, refused in words under preload', async (t) => {
  t.timeout(120_000);
  const binary = compiled.make('beside/static', undefined, ['-static']);
  await holds(t, [binary], 'namespace');
  await store.run('source', ['--vproc', 'preload', '--wait-for', 'log:^ready'], [binary]);
  const { code, stderr } = await store.appshot(['commit', 'source', 'first']);
  t.not(code, 0);
  t.regex(stderr, /process \d+ .*preload library/);
  await everyoneProves(t, ['source']);
  await store.ok('destroy', 'source');
});
