import test from 'ava';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capabilities } from '../../src/doctor/capability-set.ts';
import * as capabilities from '../../src/doctor/capabilities.ts';
import { KernelVersion, type Machine } from '../../src/doctor/check.ts';
import { passthrough } from '../../src/doctor/fuse.ts';
import { copyingAhead, verdict } from '../../src/doctor/pre-copy.ts';
import { examine, isEssential } from '../../src/doctor/index.ts';
import { mechanism } from '../../src/doctor/namespaces.ts';
import { kernel, pagemapScan } from '../../src/doctor/platform.ts';
import { storePaths } from '../../src/paths.ts';

const machine = (release: string, effective: bigint, env: NodeJS.ProcessEnv = {}): Machine => ({
  paths: storePaths({ APPSHOT_HOME: '/nowhere' }),
  env,
  kernel: new KernelVersion(release),
  capabilities: new Capabilities(effective),
});

test('every check has a verdict, and every failure one line of remedy', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'appshot-test-'));
  t.teardown(() => {
    rmSync(home, { recursive: true });
  });
  const rows = await examine(storePaths({ APPSHOT_HOME: home }), {});
  t.true(rows.length >= 20);
  t.is(new Set(rows.map(({ check }) => check)).size, rows.length);
  for (const { check, ok, detail, remedy } of rows) {
    t.regex(detail, /^[^\n]+$/, check);
    if (ok) t.is(remedy, null, check);
    else t.regex(remedy ?? '', /^[^\n]+$/, check);
  }
  t.true(rows.some(({ check }) => isEssential(check)));
});

test('a store that cannot be made is a failure, not an exception', async (t) => {
  const rows = await examine(storePaths({ APPSHOT_HOME: '/dev/null/x' }), {});
  for (const name of ['store', 'free disk', 'reflink']) t.false(rows.find(({ check }) => check === name)?.ok, name);
});

test('an older kernel and a poorer process are told what they lack', async (t) => {
  const poor = machine('6.1.0-13-amd64', 0n);
  for (const check of [passthrough, pagemapScan, capabilities.sysAdmin, capabilities.sysResource]) t.false((await check(poor)).ok);
  t.true((await kernel(poor)).ok);
  t.false((await kernel(machine('4.19.0', 0n))).ok);
  const rich = machine('6.18.44', (1n << 21n) | (1n << 24n) | (1n << 40n));
  for (const check of [passthrough, pagemapScan, capabilities.sysAdmin, capabilities.setTid, capabilities.sysResource])
    t.true((await check(rich)).ok);
});

test('how a commit knows what is written to open files is told', async (t) => {
  t.regex((await copyingAhead(machine('6.18.0', 0n))).detail, /goes through the view's process/);
  t.true(verdict(new KernelVersion('6.18.0'), null).ok);
  t.regex(verdict(new KernelVersion('6.18.0'), 'no BPF').detail, /no BPF.*whose change time moved/);
  t.regex(verdict(new KernelVersion('6.12.0'), 'no BPF').detail, /too coarse/);
});

test('the mechanism for virtual ids that was asked for is told', async (t) => {
  t.like(await mechanism(machine('6.18.0', 0n, { APPSHOT_VPROC: 'preload' })), { ok: true, detail: 'preload: chosen by APPSHOT_VPROC' });
  t.like(await mechanism(machine('6.18.0', 0n, { APPSHOT_VPROC: 'magic' })), { ok: false });
});
