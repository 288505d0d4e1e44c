// Runs ava, shows its report, and closes with one line counted from the report itself (TAP). The tests work on the real kernel of a machine that
// has other work to do: the files of the few tests that failed are run a second time, both reports are shown, and the last line tells of it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FEW = 3;

/** One run: counts, and the titles of what failed. */
async function run(args) {
  const child = spawn('npx', ['--no-install', 'ava', '--tap', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const counts = { passed: 0, skipped: 0, failed: [] };
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^ok \d+.*# SKIP/i.test(line)) counts.skipped++;
    else if (/^ok \d+/.test(line)) counts.passed++;
    else if (/^not ok \d+/.test(line)) counts.failed.push(line.replace(/^not ok \d+ - /, ''));
    if (!/^(TAP version|# (tests|pass|fail)|1\.\.)/.test(line)) console.log(line);
  }
  const code = await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode)));
  return { ...counts, good: code === 0 && counts.failed.length === 0 && counts.passed > 0 };
}

/** The file of a test, whose title begins with its folders and name; undefined for what is no test's failure. */
function fileOf(title) {
  const words = title.split(' › ');
  for (let end = 1; end < words.length; end++) {
    const file = `${join('dist/test', ...words.slice(0, end))}.test.js`;
    if (existsSync(file)) return file;
  }
  return undefined;
}

const named = process.argv.slice(2); // who names files looks at a failure himself
const first = await run(named);
const files = new Set(first.failed.map(fileOf));
let { good } = first;
let failed = first.failed.length;
let atSecondTry = 0;
if (!good && named.length === 0 && failed > 0 && failed <= FEW && !files.has(undefined)) {
  console.log(`\nA second try of ${[...files].join(', ')}:`);
  const second = await run([...files]);
  good = second.good;
  atSecondTry = good ? failed : 0;
  failed = good ? 0 : failed;
  for (const title of first.failed) console.log(`failed at the first try${good ? ', passed at the second' : ''}: ${title}`);
}
console.log(
  `${first.passed + atSecondTry} passed, ${failed} failed, ${first.skipped} skipped${atSecondTry > 0 ? `, ${atSecondTry} only at the second try` : ''}`,
);
process.exitCode = good ? 0 : 1;
