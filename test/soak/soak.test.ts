/**
 * Clones made and destroyed over and over: none stalls, none is wrong, and afterwards the store's programs hold what they held
 * before. APPSHOT_SOAK=N makes N clones of the small process and N/10 of the one with five processes.
 */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { askOnce } from '../support/talk.ts';
import { eventually, TestStore } from '../support/store.ts';
import { footprint, sharedIpc, type Footprint } from './footprint.ts';

const COUNT = Number(process.env['APPSHOT_SOAK'] ?? 200);
const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-soak-');
// The first command starts the store's programs: in an IPC namespace of their own, so that nobody else's objects are counted.
test.before(() => {
  execFileSync('unshare', ['--ipc', join(projectRoot, 'bin/appshot'), 'ps'], { env: { ...process.env, APPSHOT_HOME: store.home } });
});
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Answers with its count and a file of its own; with children, each of them is asked through a pipe first. */
const program = (port: number, children: number): string => `
import os, socket
pipes = []
for i in range(${children}):
    down, up = os.pipe(), os.pipe()
    if os.fork() == 0:
        n = 0
        while True:
            if os.read(down[0], 1) == b'': os._exit(0)
            n += 1
            os.write(up[1], bytes([n % 256]))
    pipes.append((down[1], up[0]))
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', ${port})); s.listen(50)
count = 0
while True:
    c, _ = s.accept(); count += 1
    said = []
    for w, r in pipes:
        os.write(w, b'x'); said.append(os.read(r, 1)[0])
    with open('${directory}/note', 'a') as f: f.write('%d\\n' % count)
    try: c.sendall(('%d %s %d\\n' % (count, ','.join(map(str, said)), len(open('${directory}/note').readlines()))).encode())
    except OSError: pass
    c.close()
`;

async function round(t: ExecutionContext, template: string, port: number, size: number, expected: string): Promise<void> {
  const clones = await store.clone(template, '-n', String(size));
  const answers = await Promise.all(
    clones.map(async (clone) => {
      const address = clone.ports.find((row) => row.port === port)?.address ?? '';
      return (await askOnce(address, '', /.*\n/))[0].trim();
    }),
  );
  for (const answer of answers) if (answer !== expected) t.fail(`a clone answered ${answer} instead of ${expected}`);
  await store.ok('destroy', ...clones.map((clone) => clone.aid));
}

async function quiet(): Promise<Footprint> {
  let last = '';
  return eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = footprint(store.home);
    const text = JSON.stringify({ ...now, memory: null });
    if (text !== last) {
      last = text;
      throw new Error('it has not come to rest');
    }
    return now;
  });
}

async function soak(t: ExecutionContext, name: string, port: number, children: number, count: number, size: number): Promise<void> {
  await store.run(name, ['--wait-for', `port:${port}`], ['python3', '-c', program(port, children)]);
  const source = await store.address(name, port);
  await askOnce(source, '', /\n/);
  await store.ok('commit', name, `${name}-template`);
  const counted = Number((await askOnce(source, '', /(\d+) .*\n/))[1]);
  const said = Array.from({ length: children }, () => counted).join(',');
  const expected = `${counted} ${said} ${counted}`;
  // What is made once (caches, spares, pools of memory) is there after the first rounds.
  for (let i = 0; i < 3; i++) await round(t, `${name}-template`, port, size, expected);
  const [ipc, before] = [sharedIpc(store.home), await quiet()];
  for (let made = 0; made < count; made += size) await round(t, `${name}-template`, port, size, expected);
  const after = await quiet();
  t.log(JSON.stringify({ before, after }));
  t.is(sharedIpc(store.home), ipc, 'no IPC object is left');
  t.is(after.processes, before.processes);
  t.is(after.mounts, before.mounts);
  t.is(after.namespaces, before.namespaces);
  t.deepEqual(after.rows, before.rows);
  t.is(after.files, before.files);
  t.true(after.disk <= before.disk + (1 << 20), `the store grew from ${before.disk} to ${after.disk} bytes`);
  for (const [who, open] of Object.entries(before.descriptors))
    t.true((after.descriptors[who] ?? 0) <= open + 4, `${who} had ${open} descriptors, and has ${after.descriptors[who] ?? 0}`);
  // The daemon's heap is collected when Node likes; a leak of a page a clone would show beyond that.
  for (const [who, bytes] of Object.entries(before.memory)) {
    const allowed = (who === 'daemon' ? 96 << 20 : 8 << 20) + count * 2048;
    t.true((after.memory[who] ?? 0) <= bytes + allowed, `${who} had ${bytes} bytes, and has ${after.memory[who] ?? 0}`);
  }
}

test.serial(`${COUNT} clones of a small process leave nothing behind`, async (t) => {
  t.timeout(14_400_000);
  await soak(t, 'small', 9801, 0, COUNT, 20);
});

test.serial(`${COUNT / 10} clones of five processes leave nothing behind`, async (t) => {
  t.timeout(14_400_000);
  await soak(t, 'five', 9802, 4, COUNT / 10, 10);
});
