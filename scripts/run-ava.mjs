// Runs ava, shows its report, and closes with one line counted from the report itself (TAP).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const child = spawn('npx', ['--no-install', 'ava', '--tap', ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
const counts = { passed: 0, failed: 0, skipped: 0 };
for await (const line of createInterface({ input: child.stdout })) {
  if (/^ok \d+.*# SKIP/i.test(line)) counts.skipped++;
  else if (/^ok \d+/.test(line)) counts.passed++;
  else if (/^not ok \d+/.test(line)) counts.failed++;
  if (!/^(TAP version|# (tests|pass|fail)|1\.\.)/.test(line)) console.log(line);
}
const code = await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode)));
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = code === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
