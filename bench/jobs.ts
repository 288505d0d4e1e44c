import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { cell } from './fs.ts';
import { peers, type Peer } from './fs-peers.ts';
import { FsStore } from './fs-store.ts';
import { figures, type Figures } from './scenario.ts';

const rounds = 3;

interface Job {
  readonly name: string;
  /** For a shell with the host's own root below it, in the directory of the work; only `script` is timed. */
  readonly before?: string;
  readonly script: string;
  readonly times: number;
}

/** In their order, all in one mount; the first finds it fresh. */
const jobs: readonly Job[] = [
  { name: 'git status, 12,000 files, fresh mount', script: 'git -C tree status --porcelain', times: 1 },
  { name: 'the same, warm', script: 'git -C tree status --porcelain', times: 5 },
  { name: "python3 -c 'import ssl'", before: "python3 -c 'import ssl'", script: "python3 -c 'import ssl'", times: 10 },
  { name: 'node -e 0', before: 'node -e 0', script: 'node -e 0', times: 10 },
  { name: 'make -j2 of 60 C files', script: 'make -s -C c -j2', times: 1 },
  { name: 'tar x, 12,000 files', before: 'mkdir out', script: 'tar -C out -xf tree.tar', times: 1 },
  { name: 'rm -r of these', script: 'rm -r out', times: 1 },
  { name: 'cp -r of 12,000 files', script: 'cp -r tree copy', times: 1 },
  { name: 'npm ci of this project, from its cache', script: 'cd npm && npm ci --offline --ignore-scripts --no-audit --no-fund', times: 1 },
];

const sources = 60;

/** What the jobs work on: on the host's own root, which is the tree below. */
function prepare(): string {
  const work = mkdtempSync('/var/tmp/appshot-bench-jobs-');
  const tree = join(work, 'tree');
  mkdirSync(tree);
  const git = (...words: string[]): void => {
    execFileSync('git', ['-C', tree, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...words], { stdio: 'ignore' });
  };
  for (let directory = 0; directory < 120; directory++) {
    const at = join(tree, `part-${directory % 12}`, `of-${directory}`);
    mkdirSync(at, { recursive: true });
    for (let file = 0; file < 100; file++)
      writeFileSync(join(at, `file-${file}.txt`), `${directory} ${file}\n`.repeat(1 + ((file * 37) % 400)));
  }
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'all');
  execFileSync('tar', ['-C', work, '-cf', join(work, 'tree.tar'), 'tree']);
  const c = join(work, 'c');
  mkdirSync(c);
  const headers = [
    'stdio',
    'stdlib',
    'string',
    'unistd',
    'errno',
    'time',
    'signal',
    'pthread',
    'sys/socket',
    'sys/stat',
    'netinet/in',
    'math',
  ];
  for (let i = 0; i < sources; i++)
    writeFileSync(
      join(c, `s${i}.c`),
      `${headers.map((name) => `#include <${name}.h>\n`).join('')}int f${i}(int x) { return x * ${i} + (int)strlen("${i}"); }\n`,
    );
  const objects = Array.from({ length: sources }, (_, i) => `s${i}.o`).join(' ');
  writeFileSync(join(c, 'Makefile'), `libs.a: ${objects}\n\tar rcs $@ $^\n`);
  mkdirSync(join(work, 'npm'));
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(projectRoot, file), join(work, 'npm', file));
  return work;
}

/** Milliseconds for one time, as the shell inside says; NaN when it can't be done. */
function time({ before, script, times }: Job, at: string, work: string): number {
  const inside = `cd ${work} && ${before ?? 'true'} >/dev/null 2>&1; from=$(date +%s%N); i=0; while [ $i -lt ${times} ]; do (${script}) >/dev/null 2>&1 || exit 1; i=$((i+1)); done; to=$(date +%s%N); echo $((to - from))`;
  const outside = `mount --rbind /dev ${at}/dev && mount -t proc proc ${at}/proc && exec chroot ${at} sh -c '${inside.replaceAll("'", "'\\''")}'`;
  try {
    const out = execFileSync('unshare', ['--mount', 'sh', '-c', outside], { encoding: 'utf8', env: { ...process.env, HOME: homedir() } });
    return Number(out) / 1e6 / times;
  } catch {
    return NaN;
  }
}

/** Real work in a root over the host's own: medians in ms, and their ratio to kernel overlayfs. All peers in turn in every round. */
export async function realJobs(): Promise<string[]> {
  const work = prepare();
  const store = new FsStore();
  const all = peers(store.at, { tree: '/', live: true });
  const times = new Map<string, number[]>();
  try {
    for (let round = 0; round < rounds; round++)
      for (const [place] of all.entries()) {
        const peer = all[(round + place) % all.length];
        if (peer !== undefined) await measure(peer, round);
      }
  } finally {
    for (const peer of all) await peer.close();
    store.close();
    rmSync(work, { recursive: true, force: true });
  }
  const of = (job: string, peer: Peer | undefined): Figures => figures(times.get(`${job} ${peer?.name ?? ''}`) ?? []);
  return [
    `Medians of ${rounds}, ms:\n`,
    `| job | ${all.map(({ name }) => name).join(' | ')} |`,
    `| --- |${' --- |'.repeat(all.length)}`,
    ...jobs.map(({ name }) => `| ${[name, ...all.map((peer) => cell(of(name, peer), of(name, all[0])))].join(' | ')} |`),
  ];

  async function measure(peer: Peer, round: number): Promise<void> {
    const at = await peer.mount(String(round));
    try {
      for (const job of jobs) {
        const key = `${job.name} ${peer.name}`;
        times.set(key, [...(times.get(key) ?? []), time(job, at, work)]);
      }
    } finally {
      await peer.unmount();
    }
    const upper = join(store.at, `${peer.name.replaceAll(' ', '-')}-${round}-upper`);
    if (existsSync(upper)) rmSync(upper, { recursive: true });
  }
}
