import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Client } from '../src/daemon/client.ts';
import { storePaths } from '../src/paths.ts';
import { addressOf, measureClones, measureCold, type CloneFigures } from './measure.ts';
import { ms, type Figures, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** `npm run bench [-- NAME...]`: the figures of docs/BENCHMARKS.md, printed as its tables. */
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const rounds = 21;
const home = mkdtempSync(join(tmpdir(), 'appshot-bench-'));
const env = { ...process.env, APPSHOT_HOME: home };
const client = new Client({ paths: storePaths(env), env });
const ops = client.operations;

function row(name: string, clone: CloneFigures, cold: Figures | null): string {
  const ratio = cold === null ? '-' : `${(cold.median / clone.answered.median).toFixed(0)}x`;
  return `| ${name} | ${ms(clone.resumed.median)} (${ms(clone.resumed.min)}-${ms(clone.resumed.max)}) | ${ms(clone.answered.median)} (${ms(clone.answered.min)}-${ms(clone.answered.max)}) | ${cold === null ? '-' : ms(cold.median)} | ${ratio} | ${ms(clone.frozenMs)} | ${(clone.memory / 2 ** 20).toFixed(2)} |`;
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
  const ten = await timed(10);
  const hundred = await sustained(300);
  await ops.destroy({ aids: ['many'] });
  await ops.rm({ templates: ['many-t'] });
  return [`10 at once, all answer: ${ms(ten)} ms`, `sustained, made one after the other: ${hundred.toFixed(0)} a second`];

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
  console.log('| application | clone: resumed | clone: first right answer | cold start | ratio | frozen by commit | own memory, MiB |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, make] of Object.entries(scenarios)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const scenario = make();
    const clone = await measureClones(ops, scenario, rounds);
    console.log(row(scenario.name, clone, await measureCold(scenario, name === 'redis-1g' ? 1 : 5)));
  }
  const small = scenarios['redis-small'];
  if (small !== undefined && (chosen.length === 0 || chosen.includes('many')))
    for (const line of await clonesAtOnce(small())) console.log(`\nredis, small: ${line}`);
} finally {
  const left = await ops.ps({ all: true }).catch(() => []);
  if (left.length > 0) await ops.destroy({ aids: left.map((instance) => instance.aid) });
  await ops.shutdown({}).catch(() => undefined);
  client.close();
  rmSync(home, { recursive: true, force: true });
}
