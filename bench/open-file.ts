import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operations } from '../src/types.ts';
import { figures, ms } from './scenario.ts';

const GIB = 1024 ** 3;
const WRITES_A_SECOND = [0, 200];

/** A file of 1 GiB that is open for writing, and what is written to it all the time, 8 bytes at a random place. */
const program = `
import os, random, sys, time
rate = int(sys.argv[1])
file = os.open('/var/tmp/open-file', os.O_RDWR | os.O_CREAT)
block = os.urandom(1 << 20)
for i in range(1024): os.pwrite(file, block, i << 20)
os.fsync(file)
print('ready', flush=True)
while True:
    if rate: os.pwrite(file, os.urandom(8), random.randrange(1 << 27) * 8)
    time.sleep(1 / rate if rate else 60)
`;

/** How long a commit freezes an application for that has 1 GiB open for writing, and what it copies meanwhile: rows of a table. */
export async function openFile(ops: Operations, home: string, rounds: number): Promise<string[]> {
  const script = join(home, 'open-file.py');
  writeFileSync(script, program);
  const rows = [
    '| 1 GiB open for writing | frozen by commit | copied before, MiB | copied in the freeze, MiB |',
    '| --- | --- | --- | --- |',
  ];
  for (const rate of WRITES_A_SECOND) {
    const aid = `open-file-${rate}`;
    const inherit = { PATH: process.env['PATH'] ?? '' };
    await ops.run({ aid, command: ['python3', script, String(rate)], waitFor: { kind: 'log', pattern: '^ready' }, cwd: '/', inherit });
    const frozen: number[] = [];
    const before: number[] = [];
    const inFreeze: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const committed = await ops.commit({ aid, template: aid });
      frozen.push(committed.frozenMs);
      before.push(committed.copiedBytes);
      inFreeze.push(committed.copiedFrozenBytes);
      await ops.rm({ templates: [aid] });
    }
    await ops.destroy({ aids: [aid] });
    const [time, ahead, rest] = [figures(frozen), figures(before), figures(inFreeze)];
    const mib = (bytes: number): string => ((bytes / GIB) * 1024).toFixed(1);
    rows.push(
      `| ${rate} writes a second | ${ms(time.median)} (${ms(time.min)}-${ms(time.max)}) | ${mib(ahead.median)} | ${mib(rest.median)} |`,
    );
  }
  rmSync(script);
  return rows;
}
