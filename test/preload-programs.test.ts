/** What the preload library does in a program that has it, one behaviour a program, without daemon or view (test/programs/preload-*.c). */
import test from 'ava';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
  if (existsSync(binary)) return binary;
  const flags = ['-std=gnu11', '-O1', '-pthread', '-Wall', '-Wextra', '-Wno-unused-function', '-I', join(projectRoot, 'native')];
  execFileSync('gcc', [...flags, join(sources, `${name}.c`), '-o', binary], { stdio: ['ignore', 'ignore', 'inherit'] });
  return binary;
}

/** The library with each step that C leaves undefined made into an instruction that ends the process; it needs no sanitizer's library in there. */
function trapping(): string {
  const library = join(directory, 'libappshot-trapping.so');
  const folder = join(projectRoot, 'native/preload');
  const parts = readdirSync(folder).filter((file) => /\.[cS]$/.test(file));
  const flags = ['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-fno-stack-protector', '-I', join(projectRoot, 'native')];
  const versions = `-Wl,--version-script=${join(folder, 'versions.map')}`;
  const traps = [
    '-fsanitize=undefined',
    '-fsanitize-undefined-trap-on-error',
    '-shared',
    versions,
    '-Wl,-Bsymbolic-functions',
    '-Wl,-z,now',
    '-Wl,-z,noexecstack',
  ];
  execFileSync('gcc', [...flags, ...traps, ...parts.map((file) => join(folder, file)), '-ldl', '-o', library], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return library;
}

function run(binary: string, library: string = programs.preload): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const words = ['sh', '-c', 'exec "$0" "$1" </dev/null', binary, library];
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

test.serial('nothing that these programs have the library do is undefined', async (t) => {
  t.timeout(300_000);
  const library = trapping();
  for (const name of names) {
    const { code, output } = await run(compile(name), library);
    t.is(code, 0, `${name}: ${output}`);
  }
});
