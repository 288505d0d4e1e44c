import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectRoot } from '../../native/programs.ts';
import { get } from '../support/http.ts';
import { Redis } from '../support/redis.ts';
import { eventually, TestStore } from '../support/store.ts';

const store = new TestStore();
const scratch = mkdtempSync('/var/tmp/appshot-vproc-');
const apps = join(projectRoot, 'test/programs/vproc/apps');
test.after.always(async () => {
  await store.close();
  rmSync(scratch, { recursive: true, force: true });
});

const scripts: readonly (readonly string[])[] = [
  ['python3', 'processes.py'],
  ['bash', 'jobs.sh'],
  ['node', 'cluster.cjs'],
  ['bash', 'tools.sh'],
];
for (const mechanism of ['namespace', 'preload']) {
  for (const [program = '', script = ''] of scripts)
    test.serial(`${program} ${script}, ${mechanism}`, async (t) => {
      t.timeout(120_000);
      const { code, stdout, stderr } = await store.appshot([
        'run',
        '--rm',
        '--vproc',
        mechanism,
        '-e',
        'ALONE=1',
        '--',
        program,
        join(apps, script),
      ]);
      t.true(code === 0 && stdout.trimEnd().endsWith('ok'), stdout + stderr);
    });

  test.serial(`redis-server saves in a child, ${mechanism}`, async (t) => {
    const aid = `redis-${mechanism}`;
    await store.run(aid, ['--vproc', mechanism, '--wait-for', 'port:6379'], ['redis-server', '--dir', scratch]);
    const client = await Redis.connect(await store.address(aid, 6379));
    t.is(await client.ask('SET', 'key', 'value'), 'OK');
    t.is(await client.ask('BGSAVE'), 'Background saving started');
    await eventually(async () => {
      const about = String(await client.ask('INFO', 'persistence'));
      if (!about.includes('rdb_bgsave_in_progress:0')) throw new Error(about);
      t.true(about.includes('rdb_last_bgsave_status:ok'));
    });
    const pid = Number(/process_id:(\d+)/.exec(String(await client.ask('INFO', 'server')))?.[1]);
    client.close();
    const [shown] = await store.json<{ aid: string; pids: { virtual: number }[] }>('ps');
    t.deepEqual(
      shown?.pids.map((pair) => pair.virtual),
      [pid],
    );
    await store.ok('destroy', aid);
  });

  test.serial(`nginx reloads its workers by its pid file, ${mechanism}`, async (t) => {
    const aid = `nginx-${mechanism}`;
    const directory = join(scratch, aid);
    mkdirSync(join(directory, 'html'), { recursive: true });
    writeFileSync(join(directory, 'html/index.html'), 'hello');
    const configuration = (workers: number): string => `
daemon off; worker_processes ${workers}; user root; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 64; }
http { access_log off; server { listen 80; root ${directory}/html; location /who { return 200 "$pid"; } } }`;
    const file = join(directory, 'nginx.conf');
    writeFileSync(file, configuration(2));
    await store.run(aid, ['--vproc', mechanism, '--wait-for', 'port:80'], ['/usr/sbin/nginx', '-c', file]);
    const address = await store.address(aid, 80);
    t.is(await get(address), 'hello');
    const before = await get(address, '/who');
    await store.ok('exec', aid, '--', '/usr/sbin/nginx', '-c', file, '-s', 'reload');
    await eventually(async () => {
      const [shown] = await store.json<{ pids: { virtual: number }[] }>('ps');
      const now = await get(address, '/who');
      if (now === before || shown?.pids.length !== 3) throw new Error(`still ${now}`);
      t.true(shown.pids.some((pair) => pair.virtual === Number(now)));
    });
    await store.ok('exec', aid, '--', '/usr/sbin/nginx', '-c', file, '-s', 'quit');
    await eventually(async () => {
      const rows = await store.json<{ aid: string; state: string }>('ps', '-a');
      const state = rows.find((row) => row.aid === aid)?.state;
      if (state !== 'exited 0') throw new Error(`still ${state ?? 'gone'}`);
    });
    await store.ok('destroy', aid);
  });
}
