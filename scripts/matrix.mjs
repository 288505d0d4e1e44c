// Prints the matrix of docs/VPROC.md: the state programs and the applications of the test suite, as root and as an ordinary user, each under both mechanisms.
// Who is asked for by words: `node scripts/matrix.mjs [root|user] [namespace|preload] [FILE...]`; a file is one of dist/test/{state,apps}. The columns run
// one after the other, for half an hour each; what a column has said stands in the directory that the first line names.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, createWriteStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** A number that no account of this machine has. */
const ID = 61_234;
const project = resolve(import.meta.dirname, '..');
const asked = process.argv.slice(2);
const chosen = (all) => (all.some((word) => asked.includes(word)) ? all.filter((word) => asked.includes(word)) : all);
const whos = chosen(process.getuid() === 0 ? ['root', 'user'] : ['user']);
const mechanisms = chosen(['namespace', 'preload']);
const named = asked.filter((word) => !['root', 'user', 'namespace', 'preload'].includes(word));
const files = (named.length > 0 ? named : ['state', 'apps'].flatMap(testsOf)).map((file) => resolve(file));

function testsOf(folder) {
  const all = readdirSync(join(project, 'dist/test', folder)).filter(
    (file) => file.endsWith('.test.js') && file !== 'all-programs.test.js',
  );
  return all.sort().map((file) => join(project, 'dist/test', folder, file));
}

/** What makes an ordinary user of root for one command: an account, and a /dev/fuse that anybody may open, which only that command sees. */
function become(scratch) {
  if (process.getuid() !== 0) return [];
  const node = join(scratch, 'fuse'),
    accounts = join(scratch, 'passwd');
  execFileSync('mknod', ['-m', '666', node, 'c', '10', '229']);
  chmodSync(node, 0o666);
  writeFileSync(accounts, `${readFileSync('/etc/passwd', 'utf8').trimEnd()}\nappshot-test:x:${ID}:${ID}::${scratch}/home:/bin/sh\n`);
  const mounts = `mount --bind ${node} /dev/fuse && mount --bind ${accounts} /etc/passwd && exec "$@"`;
  const user = ['setpriv', '--reuid', String(ID), '--regid', String(ID), '--clear-groups', '--inh-caps=-all', '--'];
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mounts, 'sh', ...user];
}

/** One file in one column: a line for each test, with the first words of why it is not simply yes. */
async function run(file, who, mechanism, scratch) {
  const words = [process.execPath, join(project, 'node_modules/ava/entrypoints/cli.mjs'), '--tap', '--timeout=20m', file];
  const [program, ...rest] = [...(who === 'user' ? become(mkdtempSync(join(scratch, 'user-'))) : []), ...words];
  const env = { ...process.env, APPSHOT_VPROC: mechanism, HOME: who === 'user' ? join(scratch, 'home') : process.env.HOME };
  const child = spawn(program, rest, { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const log = createWriteStream(join(scratch, `${who}-${mechanism}.tap`), { flags: 'a' });
  const tests = [];
  for await (const line of createInterface({ input: child.stdout })) {
    log.write(`${line}\n`);
    const begun = /^(not )?ok \d+ - (.*?)( # SKIP)?$/.exec(line);
    const [, name, why] = begun?.[3] ? (/^(.*): (.*)$/.exec(begun[2]) ?? begun.slice(1)) : ['', begun?.[2], '']; // who is skipped says why after his name
    if (begun !== null) tests.push({ name, cell: begun[1] ? 'no' : begun[3] ? 'skipped' : 'yes', why });
    const last = tests.at(-1);
    if (last === undefined) continue;
    const folded = last.folded ? /^ {6}(\S.*)/.exec(line) : null; // a message of several lines
    if (folded !== null) last.why = `${last.why} ${folded[1]}`.trim();
    const said =
      /^# {3}(refused|not held): (.*)/.exec(line) ?? (last.cell === 'no' && last.why === '' ? /^ {4}(message): (.*)/.exec(line) : null);
    last.folded = folded !== null || said?.[2] === '>-';
    if (said === null) continue;
    if (said[1] === 'refused' && last.cell === 'yes') last.cell = 'refused';
    last.why = last.folded ? '' : said[2];
  }
  for (const one of tests)
    one.why = one.why.replace(/^(\w*Error: )?'?(appshot: )?((commit|snapshot|restore|clone) \S+: )*/, '').slice(0, 300);
  await new Promise((done) => log.end(done));
  return tests;
}

const scratch = mkdtempSync(join(tmpdir(), 'appshot-matrix-'));
chmodSync(scratch, 0o755);
mkdirSync(join(scratch, 'home'));
if (process.getuid() === 0) chownSync(join(scratch, 'home'), ID, ID);
console.log(`what each column says stands in ${scratch}\n`);
const columns = whos.flatMap((who) => mechanisms.map((mechanism) => ({ who, mechanism })));
const rows = new Map();
for (const [at, { who, mechanism }] of columns.entries())
  for (const file of files)
    for (const { name, cell, why } of await run(file, who, mechanism, scratch)) {
      if (!rows.has(name)) rows.set(name, Array(columns.length).fill({ cell: '-', why: '' }));
      rows.get(name)[at] = { cell, why };
    }

const all = [...rows].filter(([, cells]) => cells.every(({ cell }) => cell === 'yes')).map(([name]) => name);
const others = [...rows].filter(([, cells]) => !cells.every(({ cell }) => cell === 'yes'));
const line = (words) => `| ${words.join(' | ')} |`;
console.log(line(['what', ...columns.map(({ who, mechanism }) => `${who}, ${mechanism}`), 'why']));
console.log(line(Array(columns.length + 2).fill('---')));
for (const [name, cells] of others) {
  const reasons = [...new Set(cells.map(({ why }) => why).filter((why) => why !== ''))];
  console.log(line([name, ...cells.map(({ cell }) => cell), reasons.join('; ').replaceAll('|', '\\|')]));
}
console.log(`\nyes everywhere, ${all.length} of ${rows.size}: ${all.join(', ')}`);
