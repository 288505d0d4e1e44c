import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { peers, type Peer } from './fs-peers.ts';
import { FsStore } from './fs-store.ts';
import { figures, type Figures } from './scenario.ts';

const rounds = 5;
const smallFiles = 5000;
const MiB = 2 ** 20;

/** Rows of the table, in the order in which they are measured in one mount; `fresh` ones come first in a mount of their own. */
const rows: readonly { readonly name: string; readonly work: readonly (string | number)[]; readonly fresh?: true }[] = [
  { name: 'find and stat 5000 files, fresh', work: ['tree', '.'], fresh: true },
  { name: 'the same, warm', work: ['tree', '.'] },
  { name: 'stat 5000 names, warm', work: ['stat', '.', smallFiles] },
  { name: 'read 5000 small files, fresh', work: ['read', '.', smallFiles], fresh: true },
  { name: 'the same, warm', work: ['read', '.', smallFiles] },
  { name: 'create, write, close 5000 small files', work: ['create', 'new', smallFiles] },
  { name: 'read these', work: ['read', 'new', smallFiles] },
  { name: 'unlink these', work: ['unlink', 'new', smallFiles] },
  { name: 'unlink 5000 of the layer below', work: ['unlink', '.', smallFiles] },
  { name: 'read 1 GiB, 1 MiB blocks, fresh', work: ['sequential-read', '.', 'big', 1024 * MiB, MiB], fresh: true },
  { name: 'read 256 MiB, 4 KiB blocks', work: ['sequential-read', '.', 'big', 256 * MiB, 4096] },
  { name: '50,000 random reads of 4 KiB', work: ['random-read', '.', 'big', 1024 * MiB, 50_000] },
  { name: 'write 1 GiB, 1 MiB blocks', work: ['sequential-write', '.', 'w', 1024 * MiB, MiB] },
  { name: 'write 256 MiB, 4 KiB blocks', work: ['sequential-write', '.', 'v', 256 * MiB, 4096] },
  { name: '50,000 random writes of 4 KiB', work: ['random-write', '.', 'w', 1024 * MiB, 50_000] },
  { name: 'first write to a file of 1 GiB below', work: ['first-write', '.', 'big'] },
];

/** With the tree that is worked on. */
class Store extends FsStore {
  readonly #program = join(this.home, 'work');

  constructor() {
    super();
    execFileSync('cc', ['-O2', '-o', this.#program, join(projectRoot, 'bench/fs-work.c')]);
    const lower = join(this.at, 'lower');
    mkdirSync(lower);
    this.work(['create', lower, smallFiles]);
    this.work(['sequential-write', lower, 'big', 1024 * MiB, MiB]);
    execFileSync('sync');
  }

  /** Milliseconds, as the program itself says. */
  work(words: readonly (string | number)[]): number {
    return Number(execFileSync(this.#program, words.map(String), { encoding: 'utf8' })) * 1000;
  }
}

type Times = Map<string, number[]>;

async function measure(store: Store, peer: Peer, round: number, times: Times): Promise<void> {
  const note = (row: number | 'mount', ms: number): void => {
    const key = `${row} ${peer.name}`;
    times.set(key, [...(times.get(key) ?? []), ms]);
  };
  let at = '';
  for (const [number, { work, fresh }] of rows.entries()) {
    if (fresh === true) {
      if (at !== '') await peer.unmount();
      const from = performance.now();
      at = await peer.mount(`${round}-${number}`);
      note('mount', performance.now() - from);
    }
    const [kind = '', where = '', ...rest] = work;
    const directory = join(at, String(where));
    if (kind === 'create') mkdirSync(directory);
    note(number, store.work([kind, directory, ...rest]));
  }
  await peer.unmount();
  for (const [number, { fresh }] of rows.entries())
    if (fresh === true) rmSync(join(store.at, `${peer.name.replaceAll(' ', '-')}-${round}-${number}-upper`), { recursive: true });
}

export function cell(value: Figures, kernel: Figures): string {
  const digits = value.median < 10 ? 2 : value.median < 100 ? 1 : 0;
  return `${value.median.toFixed(digits)} (${(value.median / kernel.median).toFixed(2)}x)`;
}

/** The table of file systems: medians in ms, and their ratio to kernel overlayfs. All peers in turn in every round. */
export async function fileSystems(): Promise<string[]> {
  const store = new Store();
  const all = peers(store.at, { tree: join(store.at, 'lower'), live: false });
  const times: Times = new Map();
  try {
    for (let round = 0; round < rounds; round++)
      for (const [place] of all.entries()) {
        const peer = all[(round + place) % all.length];
        if (peer !== undefined) await measure(store, peer, round, times);
      }
  } finally {
    for (const peer of all) await peer.close();
    store.close();
  }
  const [kernel] = all;
  const of = (row: number | 'mount', peer: Peer | undefined): Figures => figures(times.get(`${row} ${peer?.name ?? ''}`) ?? []);
  const line = (name: string, row: number | 'mount'): string =>
    `| ${[name, ...all.map((peer) => cell(of(row, peer), of(row, kernel)))].join(' | ')} |`;
  return [
    `Medians of ${rounds}, ms:\n`,
    `| work | ${all.map((peer) => peer.name).join(' | ')} |`,
    `| --- |${' --- |'.repeat(all.length)}`,
    ...rows.map(({ name }, number) => line(name, number)),
    line('mount', 'mount'),
  ];
}
