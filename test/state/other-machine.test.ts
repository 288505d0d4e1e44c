import test from 'ava';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../native/programs.ts';
import type { VprocMode } from '../../src/types.ts';
import { eventually, TestStore } from '../support/store.ts';
import { Binaries } from './programs.ts';

/** The machine of the image has run for longer than the one that it is brought to: its store lives in a time namespace. */
const AHEAD = { monotonic: 1_000_000, boottime: 2_000_000 };
const older = ['unshare', '--time', `--monotonic=${String(AHEAD.monotonic)}`, `--boottime=${String(AHEAD.boottime)}`, '--'] as const;
const lacks = canBeOlder() ? null : 'no time namespace can be made here';

delete process.env['APPSHOT_VPROC']; // both mechanisms are asked for by name, and a clone's is its template's

const binaries = new Binaries();
test.after.always(() => {
  binaries.close();
});

function canBeOlder(): boolean {
  try {
    return Number(execFileSync(older[0], [...older.slice(1), 'cat', '/proc/uptime'], { encoding: 'utf8' }).split(' ')[0]) > AHEAD.boottime;
  } catch {
    return false;
  }
}

/** Tells them to prove their state, and waits until each has said so and ended. */
async function prove(store: TestStore, aids: readonly string[]): Promise<void> {
  await store.ok('kill', '-s', 'USR1', ...aids);
  for (const aid of aids)
    await eventually(async () => {
      const { stdout } = await store.operations.logs({ aid });
      const said = readFileSync(stdout, 'utf8').trimEnd().split('\n').at(-1);
      const row = (await store.operations.ps({ all: true })).find((one) => one.aid === aid);
      if (said !== 'ok' || row?.state !== 'exited 0') throw new Error(`${aid} is "${row?.state ?? 'gone'}" and said: ${said ?? 'nothing'}`);
    }, 30_000);
}

const uptime = async (store: TestStore, aid: string): Promise<number> =>
  Number((await store.ok('exec', aid, '--', 'cat', '/proc/uptime')).split(' ')[0]);

for (const vproc of ['namespace', 'preload'] as const satisfies readonly VprocMode[]) {
  const name = `the clocks of a clone, its clone, and an instance brought back do not go back where the machine is younger (${vproc})`;
  if (lacks !== null) {
    test.skip(`${name}: ${lacks}`, () => undefined);
    continue;
  }
  test.serial(name, async (t) => {
    t.timeout(240_000);
    const scratch = mkdtempSync(join(tmpdir(), 'appshot-older-'));
    const there = new TestStore();
    const here = new TestStore();
    try {
      // Its daemon, and so its forge, begin with this command.
      const words = ['run', '-d', '--aid', 'source', '--vproc', vproc, '--wait-for', 'log:^ready', '--', binaries.path('clocks-go-on')];
      const env = { ...process.env, APPSHOT_HOME: there.home, NO_COLOR: '1' };
      await promisify(execFile)(older[0], [...older.slice(1), join(projectRoot, 'bin', 'appshot'), ...words], { env, timeout: 120_000 });
      await there.ok('commit', 'source', 'old');
      const archive = join(scratch, `${vproc}.appshot`);
      await there.ok('export', 'old', archive);
      await here.ok('import', archive);
      const own = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
      const [clone, again] = (await here.clone('old', '-n', '2')).map(({ aid }) => aid) as [string, string];
      t.true((await uptime(here, clone)) > own + AHEAD.boottime / 2, 'a command that comes in has the clocks of the instance');
      await here.ok('commit', clone, 'younger');
      const [young] = (await here.clone('younger')).map(({ aid }) => aid) as [string];
      await here.ok('snapshot', again);
      await here.ok('restore', again);
      await prove(here, [young, again, clone]);
      t.true(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) < own + 3600, 'the machine has its own');
      await prove(there, ['source']);
    } finally {
      await here.close();
      await there.close();
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}
