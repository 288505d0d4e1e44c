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

for (const [wanted, kinds, limits] of [
  ['namespace', ['pid', 'ipc', 'mnt'], { pid: 100, ipc: 100 }],
  ['namespace', ['pid', 'ipc'], {}],
  ['preload', ['pid', 'ipc'], { pid: 0, ipc: 100 }],
  ['preload', ['pid', 'ipc'], { pid: 100, ipc: 0 }],
  ['preload', ['ipc'], {}],
] as const)
  test(`${wanted} with ${kinds.join(', ')} and ${JSON.stringify(limits)}`, (t) => {
    const proc = machine(kinds, limits);
    try {
      t.is(defaultMechanism(proc), wanted);
      const asked = (mode: 'namespace' | 'preload') => (): void => {
        needsMechanism(mode, 'run web', 'leave out --vproc', proc);
      };
      t.notThrows(asked('preload'));
      if (wanted === 'namespace') t.notThrows(asked('namespace'));
      else t.throws(asked('namespace'), { message: /^run web: the namespace mechanism can't be had here: [^;]+; leave out --vproc$/ });
    } finally {
      rmSync(proc, { recursive: true });
    }
  });
