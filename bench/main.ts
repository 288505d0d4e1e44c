import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../src/daemon/client.ts';
import { storePaths } from '../src/paths.ts';
import { addressOf, measureClones, measureCold, type CloneFigures } from './measure.ts';
import { criuProgram, measureCriu, type CriuFigures } from './criu.ts';
import { fileSystems } from './fs.ts';
import { inside } from './inside.ts';
import { idCalls } from './ids.ts';
import { realJobs } from './jobs.ts';
import { openFile } from './open-file.ts';
import { snapshots } from './snapshot.ts';
import { figures, ms, type Figures, type Scenario } from './scenario.ts';
import { removeScratch, scenarios } from './scenarios.ts';

/** `npm run bench [-- NAME...]`: the figures of docs/BENCHMARKS.md, printed as its tables. */
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const rounds = 21;
const home = mkdtempSync(join(tmpdir(), 'appshot-bench-'));
const env = { ...process.env, APPSHOT_HOME: home };
const client = new Client({ paths: storePaths(env), env });
const ops = client.operations;

interface Measured {
  readonly name: string;
  readonly clone: CloneFigures;
  readonly cold: Figures | null;
  readonly criu: CriuFigures | null;
}

function row({ name, clone, cold, criu }: Measured): string {
  const range = (value: Figures): string => `${ms(value.median)} (${ms(value.min)}-${ms(value.max)})`;
  const ratio = (peer: Figures | null): string =>
    peer === null ? '-' : `${ms(peer.median)} (${(peer.median / clone.answered.median).toFixed(1)}x)`;
  const cells = [
    name,
    range(clone.resumed),
    range(clone.answered),
    ratio(cold),
    ratio(criu?.answered ?? null),
    ms(clone.frozenMs),
    criu === null ? '-' : ms(criu.dump),
    (clone.memory / 2 ** 20).toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function clonesAtOnce(scenario: Scenario): Promise<string[]> {
  const started = await ops.run({
    aid: 'many',
    command: scenario.command,
    waitFor: { kind: 'port', port: scenario.port },
    cwd: '/var/tmp',
    inherit: { PATH: process.env['PATH'] ?? '' },
  });
  await scenario.warm?.(addressOf(started.ports, scenario.port));
  await ops.commit({ aid: 'many', template: 'many-t' });
  const atOnce = await timed(10); // while the first clones are being made ahead
  const one: number[] = [];
  const ten: number[] = [];
  for (let round = 0; round < 7; round++) {
    await sleep(1000);
    one.push(await timed(1));
    await sleep(1000);
    ten.push(await timed(10));
  }
  await sleep(1000);
  const hundred = await sustained(300);
  await ops.destroy({ aids: ['many'] });
  await ops.rm({ templates: ['many-t'] });
  const [alone, together] = [figures(one).median, figures(ten).median];
  return [
    `10 at once, all answer: ${ms(together)} ms, ${(together / alone).toFixed(1)} times one (${ms(alone)} ms)`,
    `10 at once, right after the commit: ${ms(atOnce)} ms`,
    `sustained, made one after the other: ${hundred.toFixed(0)} a second`,
  ];

  async function timed(count: number): Promise<number> {
    const from = performance.now();
    const clones = await ops.clone({ template: 'many-t', count });
    await Promise.all(clones.map((clone) => scenario.ask(addressOf(clone.ports, scenario.port))));
    const took = performance.now() - from;
    await ops.destroy({ aids: clones.map((clone) => clone.aid) });
    return took;
  }
  async function sustained(count: number): Promise<number> {
    const from = performance.now();
    const aids: string[] = [];
    for (let i = 0; i < count; i++) aids.push(...(await ops.clone({ template: 'many-t' })).map((clone) => clone.aid));
    const took = performance.now() - from;
    await ops.destroy({ aids });
    return (count / took) * 1000;
  }
}

try {
  console.log(
    `Linux ${release()}, ${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; medians of ${rounds - 1} (min-max), ms\n`,
  );
  const measured = Object.entries(scenarios).filter(([name]) => chosen.length === 0 || chosen.includes(name));
  if (measured.length > 0) {
    console.log(
      '| application | clone: resumed | clone: first right answer | cold start | CRIU restore | frozen by commit | frozen by CRIU dump | own memory, MiB |',
    );
    console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  }
  const criu = await criuProgram();
  for (const [name, make] of measured) {
    const scenario = make();
    const clone = await measureClones(ops, scenario, rounds);
    const cold = await measureCold(scenario, name === 'redis-1g' ? 1 : 5);
    console.log(row({ name: scenario.name, clone, cold, criu: criu === null ? null : await measureCriu(criu, scenario, 5) }));
  }
  const small = scenarios['redis-small'];
  if (small !== undefined && (chosen.length === 0 || chosen.includes('many')))
    for (const line of await clonesAtOnce(small())) console.log(`\nredis, small: ${line}`);
  if (chosen.length === 0 || chosen.includes('snapshot'))
    for (const line of await snapshots(
      ops,
      criu,
      Object.values(scenarios).map((make) => make()),
      4,
    ))
      console.log(line);
  if (chosen.length === 0 || chosen.includes('open-file')) for (const line of await openFile(ops, home, 5)) console.log(line);
  if (chosen.length === 0 || chosen.includes('fs')) for (const line of await fileSystems()) console.log(line);
  if (chosen.length === 0 || chosen.includes('jobs')) for (const line of await realJobs()) console.log(line);
  if (chosen.length === 0 || chosen.includes('inside')) for await (const line of inside()) console.log(line);
  if (chosen.length === 0 || chosen.includes('ids')) for (const line of idCalls(env)) console.log(line);
} finally {
  const left = await ops.ps({ all: true }).catch(() => []);
  if (left.length > 0) await ops.destroy({ aids: left.map((instance) => instance.aid) });
  await ops.shutdown({}).catch(() => undefined);
  client.close();
  removeScratch();
  rmSync(home, { recursive: true, force: true });
}
