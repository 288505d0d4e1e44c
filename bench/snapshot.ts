import { rmSync, mkdtempSync } from 'node:fs';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operations } from '../src/types.ts';
import { common, endGroup, restoreOnce, run, treeOf, untilGone } from './criu.ts';
import { addressOf, endServer, freePort, startWarm, untilListening } from './measure.ts';
import { figures, ms, type Figures, type Scenario } from './scenario.ts';

/** One way, ms: from the request to the application's end with all of it on record; from the request to the first right answer. */
interface Put {
  readonly away: number[];
  readonly back: number[];
}

/**
 * How long `snapshot` and `restore` take, and CRIU's dump and restore of the same application started natively, in turns: rows of a table. A
 * snapshot is the first of an application that was started anew in every round, and another one after its restore, which writes what has changed.
 */
export async function snapshots(ops: Operations, criu: string | null, scenarios: readonly Scenario[], rounds: number): Promise<string[]> {
  const rows = [
    '| application | first snapshot | next snapshot | restore, to the first right answer | CRIU dump | CRIU restore |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const scenario of scenarios) {
    const first: Put = { away: [], back: [] };
    const next: Put = { away: [], back: [] };
    const theirs: Put = { away: [], back: [] };
    const peer = criu === null ? null : await Peer.start(criu, scenario);
    try {
      for (let round = 0; round < rounds; round++) {
        const other = async (): Promise<void> => peer?.round(theirs);
        await ours(ops, scenario, [first, next], round % 2 === 0 ? { after: other } : { before: other });
      }
    } finally {
      await peer?.end();
    }
    rows.push(row(scenario.name, first, next, theirs));
  }
  return rows;
}

function row(name: string, first: Put, next: Put, theirs: Put): string {
  const range = ({ median, min, max }: Figures): string => `${ms(median)} (${ms(min)}-${ms(max)})`;
  const own = { away: figures(first.away), back: figures([...first.back, ...next.back]) };
  const compared = (way: 'away' | 'back'): string => {
    if (theirs[way].length === 0) return '-';
    const peer = figures(theirs[way]);
    return `${range(peer)}, ${(peer.median / own[way].median).toFixed(1)}x`;
  };
  const cells = [name, range(own.away), range(figures(next.away)), range(own.back), compared('away'), compared('back')];
  return `| ${cells.join(' | ')} |`;
}

const PAUSE_MS = 200;

/**
 * Both come to rest first: what they have just done is not measured. And both find memory at hand: what a virtual machine hasn't used for a
 * while its host has taken back, and to get it again takes several times as long as to copy into it (0.6 GB/s of 5 here).
 */
async function rest(): Promise<void> {
  execFileSync(process.execPath, ['-e', 'Buffer.alloc(1.5 * 2 ** 30, 1)']);
  await sleep(PAUSE_MS);
}

async function ours(
  ops: Operations,
  scenario: Scenario,
  puts: readonly Put[],
  { before, after }: { before?: () => Promise<void>; after?: () => Promise<void> },
): Promise<void> {
  const aid = 'bench-snapshot';
  await startWarm(ops, scenario, aid);
  try {
    await before?.();
    for (const put of puts) {
      await rest();
      put.away.push(await timed(() => ops.snapshot({ aid })));
      await sleep(PAUSE_MS);
      put.back.push(await timed(async () => scenario.ask(addressOf((await ops.restore({ aid })).ports, scenario.port))));
    }
  } finally {
    await ops.destroy({ aids: [aid] });
  }
  await after?.();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** The application started natively. Each dump goes into a directory of its own, as a first snapshot does: CRIU's increments are another mode. */
class Peer {
  readonly #program: string;
  readonly #scenario: Scenario;
  readonly #address: string;
  /** As it was started; null once it was dumped. */
  #child: ChildProcess | null;
  #pid: number;
  #able = true;

  private constructor(program: string, scenario: Scenario, address: string, child: ChildProcess) {
    this.#program = program;
    this.#scenario = scenario;
    this.#address = address;
    this.#child = child;
    this.#pid = child.pid ?? 0;
  }

  /** Null where the scenario has no way to be started natively. */
  static async start(program: string, scenario: Scenario): Promise<Peer | null> {
    const port = await freePort();
    const cold = scenario.cold?.(port) ?? null;
    if (cold === null) return null;
    const child = spawn(cold.command[0] ?? '', cold.command.slice(1), { stdio: 'ignore', cwd: cold.cwd, detached: true });
    const address = `127.0.0.1:${port}`;
    await untilListening(address, child);
    await scenario.warmCold?.(address);
    await scenario.ask(address);
    return new Peer(program, scenario, address, child);
  }

  async round(put: Put): Promise<void> {
    if (!this.#able) return;
    const images = mkdtempSync(join(tmpdir(), 'appshot-bench-criu-'));
    try {
      await rest();
      const tree = treeOf(this.#pid);
      const away = await timed(() => run(this.#program, ['dump', '-t', String(this.#pid), '-D', images, ...common]));
      this.#child = null;
      await untilGone(tree);
      await sleep(PAUSE_MS);
      const restored = await restoreOnce(this.#program, this.#scenario, images, this.#address);
      put.away.push(away);
      put.back.push(restored.ms);
      this.#pid = restored.pid;
    } catch (error) {
      this.#able = false;
      process.stderr.write(`criu: ${this.#scenario.name}: ${String(error).split('\n')[0] ?? ''}\n`);
    } finally {
      rmSync(images, { recursive: true, force: true });
    }
  }

  async end(): Promise<void> {
    if (this.#child !== null) await endServer(this.#child);
    else await endGroup(this.#pid).catch(() => undefined);
  }
}
