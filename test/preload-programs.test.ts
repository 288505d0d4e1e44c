/** What the preload library does in a program that has it, one behaviour a program, without daemon or view (test/programs/preload-*.c). */
import test from 'ava';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, projectRoot } from '../native/programs.ts';

const sources = join(projectRoot, 'test/programs');
const directory = mkdtempSync(join(tmpdir(), 'appshot-preload-'));
test.after.always(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** With a /proc of its own, as in an instance: whose a port is that can't be bound is looked up in there. */
const alone =
  process.getuid?.() === 0
    ? ['--fork', '--pid', '--mount-proc', '--kill-child']
    : ['--user', '--map-root-user', '--fork', '--pid', '--mount-proc', '--kill-child'];

function compile(name: string): string {
  const binary = join(directory, name);
  const flags = ['-std=gnu11', '-O1', '-pthread', '-Wall', '-Wextra', '-Wno-unused-function', '-I', join(projectRoot, 'native')];
  execFileSync('gcc', [...flags, join(sources, `${name}.c`), '-o', binary], { stdio: ['ignore', 'ignore', 'inherit'] });
  return binary;
}

function run(binary: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const words = ['sh', '-c', 'exec "$0" "$1" </dev/null', binary, programs.preload];
    execFile('unshare', [...alone, ...words], { timeout: 120_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, output: stdout + stderr });
    });
  });
}

const names = readdirSync(sources)
  .filter((file) => /^preload-.*\.c$/.test(file))
  .map((file) => file.slice(0, -2));
for (const name of names)
  test.serial(name, async (t) => {
    t.timeout(180_000);
    const { code, output } = await run(compile(name));
    t.is(code, 0, output);
  });
