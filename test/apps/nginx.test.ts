import test from 'ava';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../support/http.ts';
import { TestStore } from '../support/store.ts';

const store = new TestStore();
const site = mkdtempSync('/var/tmp/appshot-nginx-');
test.after.always(async () => {
  await store.close();
  rmSync(site, { recursive: true, force: true });
});

/** Where a body waits on its way: the package's own directories are root's. */
const passing = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${site}/${what};`).join(' ');
const configuration = `
daemon off; master_process on; worker_processes 2; user root; pid ${site}/pid; error_log ${site}/error.log;
events { worker_connections 64; }
http {
  access_log ${site}/access.log; ${passing}
  server { listen 80; listen [::]:80; root ${site}/html; location /who { add_header x-worker $pid; return 200 "$pid"; } }
}`;

test.serial('nginx, a master and two workers: clones serve their own files and reload on their own', async (t) => {
  mkdirSync(join(site, 'html'));
  writeFileSync(join(site, 'html/index.html'), 'from the template');
  writeFileSync(join(site, 'nginx.conf'), configuration);
  await store.run('web', ['--wait-for', 'port:80'], ['/usr/sbin/nginx', '-c', join(site, 'nginx.conf')]);
  t.is(await get(await store.address('web', 80)), 'from the template');
  const [committed] = await store.json<{ processes: number }>('commit', 'web', 'nginx');
  t.is(committed?.processes, 3);
  const clones = await store.clone('nginx', '-n', '3');
  for (const clone of clones) {
    const address = await store.address(clone.aid, 80);
    t.is(await get(address), 'from the template');
    writeFileSync(join(clone.root, site, 'html/index.html'), `from ${clone.aid}`);
    t.is(await get(address), `from ${clone.aid}`);
    const workers = new Set<string>();
    for (let i = 0; i < 40; i++) workers.add(await get(address, '/who'));
    t.true([...workers].every((pid) => clone.pids.some((pair) => pair.virtual === Number(pid))));
  }
  t.is(await get(await store.address('web', 80)), 'from the template');
  const first = clones[0]?.aid ?? '';
  const master = (await store.ok('exec', first, '--', 'cat', join(site, 'pid'))).trim();
  await store.ok('exec', first, '--', 'sh', '-c', `kill -HUP ${master}`);
  const old = clones[0]?.pids.map((pair) => pair.virtual) ?? [];
  for (let i = 0; i < 200; i++) {
    const worker = Number(await get(await store.address(first, 80), '/who'));
    if (!old.includes(worker)) {
      t.pass('the master of a clone replaced its workers');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  t.fail("the clone's master did not replace its workers");
});
