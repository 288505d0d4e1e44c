import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { figures } from './scenario.ts';

const rounds = 9;
/** Columns beside the native one: `--raw-calls all` has every call past the C library sent to the preload library by a signal. */
const MECHANISMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['namespace', ['--vproc', 'namespace']],
  ['preload', ['--vproc', 'preload']],
  ['preload, raw calls', ['--vproc', 'preload', '--raw-calls', 'all']],
]);

/** Names of what bench/ids-work.c measures, and how a person calls it. */
const rows: readonly (readonly [name: string, words: string])[] = [
  ['getpid', 'getpid'],
  ['kill-self', 'kill(own pid, 0)'],
  ['kill-child', 'kill(child, 0)'],
  ['semop', 'semop, up and down'],
  ['shmat', 'shmat and shmdt'],
  ['msgsnd', 'msgsnd and msgrcv'],
  ['vfork-true', 'vfork, exec of true, wait'],
  ['raw-getpid', 'getpid past the C library'],
  ['raw-getuid', 'getuid past it, which carries no id'],
];

/** Calls that carry ids, without Appshot and in an instance under each mechanism, in turns: medians in nanoseconds, and what they are of the first. */
export function idCalls(env: NodeJS.ProcessEnv): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'appshot-bench-ids-'));
  try {
    const program = join(directory, 'work');
    execFileSync('cc', ['-O2', '-o', program, join(projectRoot, 'bench/ids-work.c')]);
    const appshot = join(projectRoot, 'dist/bin/appshot.js');
    const commands = new Map<string, readonly string[]>([
      ['native', [program]],
      ...[...MECHANISMS].map(([who, options]) => [who, [process.execPath, appshot, 'run', '--rm', ...options, '--', program]] as const),
    ]);
    const seen = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++)
      for (const [who, [command = '', ...words]] of commands)
        for (const line of execFileSync(command, words, { encoding: 'utf8', env, maxBuffer: 1 << 20 })
          .trim()
          .split('\n')) {
          const [name = '', ns = ''] = line.split(' ');
          seen.set(`${who} ${name}`, [...(seen.get(`${who} ${name}`) ?? []), Number(ns)]);
        }
    return table(seen);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function table(seen: ReadonlyMap<string, readonly number[]>): string[] {
  const median = (who: string, name: string): number => figures(seen.get(`${who} ${name}`) ?? []).median;
  const shown = (ns: number): string => ns.toFixed(ns < 10 ? 1 : 0);
  const cells = (name: string): string[] => {
    const native = median('native', name);
    return [...MECHANISMS.keys()].map((who) => `${shown(median(who, name))} (${(median(who, name) / native).toFixed(2)}x)`);
  };
  return [
    '',
    `| ns, medians of ${rounds} in turns | native | ${[...MECHANISMS.keys()].join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(MECHANISMS.size)}`,
    ...rows.map(([name, words]) => `| ${words} | ${shown(median('native', name))} | ${cells(name).join(' | ')} |`),
  ];
}
