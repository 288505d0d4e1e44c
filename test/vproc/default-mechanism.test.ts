import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { defaultMechanism, needsMechanism } from '../../src/mechanism.ts';

/** What of /proc tells which namespaces can be had. */
function machine(kinds: readonly string[], limits: Readonly<Record<string, number>>): string {
  const proc = mkdtempSync(join(tmpdir(), 'appshot-proc-'));
  mkdirSync(join(proc, 'self/ns'), { recursive: true });
  mkdirSync(join(proc, 'sys/user'), { recursive: true });
  for (const kind of kinds) writeFileSync(join(proc, 'self/ns', kind), '');
  for (const [kind, most] of Object.entries(limits)) writeFileSync(join(proc, `sys/user/max_${kind}_namespaces`), `${most}\n`);
  return proc;
}

type Case = readonly [
  wanted: 'namespace' | 'preload',
  kinds: readonly string[],
  limits: Readonly<Record<string, number>>,
  /** What comes of it when the forge tries. */
  tried?: string,
];
const cases: readonly Case[] = [
  ['namespace', ['pid', 'ipc', 'mnt'], { pid: 100, ipc: 100 }],
  ['namespace', ['pid', 'ipc'], {}],
  ['preload', ['pid', 'ipc'], { pid: 0, ipc: 100 }],
  ['preload', ['pid', 'ipc'], { pid: 100, ipc: 0 }],
  ['preload', ['ipc'], {}],
  ['preload', ['pid', 'ipc'], {}, 'make a uts namespace: Operation not permitted'],
];

for (const [wanted, kinds, limits, tried = null] of cases)
  test(`${wanted} with ${kinds.join(', ')} and ${JSON.stringify(limits)}${tried === null ? '' : `, when the forge can't ${tried}`}`, async (t) => {
    const proc = machine(kinds, limits);
    const there = { proc, tried: () => Promise.resolve(tried) };
    try {
      t.is(await defaultMechanism(there), wanted);
      const asked = (mode: 'namespace' | 'preload'): Promise<void> => needsMechanism(mode, 'run web', 'leave out --vproc', there);
      await t.notThrowsAsync(asked('preload'));
      if (wanted === 'namespace') await t.notThrowsAsync(asked('namespace'));
      else
        await t.throwsAsync(asked('namespace'), {
          message: /^run web: the namespace mechanism can't be had here: [^;]+; leave out --vproc$/,
        });
    } finally {
      rmSync(proc, { recursive: true });
    }
  });
