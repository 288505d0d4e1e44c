import test from 'ava';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../support/http.ts';
import { TestStore } from '../support/store.ts';
import { tryApplication, type Trial } from './trial.ts';

const store = new TestStore();
const site = mkdtempSync('/var/tmp/appshot-web-');
chmodSync(site, 0o755);
const html = join(site, 'html');
mkdirSync(html);
writeFileSync(join(html, 'index.html'), 'of the site\n'.repeat(3000));
test.after.always(async () => {
  await store.close();
  rmSync(site, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(site, name), text);
  return join(site, name);
}

/** A server of the site's files: what is written below an instance's root is served by that instance alone. */
function files(port: number, command: readonly string[], more: Partial<Trial> = {}): Trial {
  return {
    port,
    command,
    async check(live) {
      const body = await get(live.address, '/index.html');
      if (body !== 'of the site\n'.repeat(3000)) throw new Error(`${live.aid} served ${body.length} bytes that are not the file`);
    },
    write(live, word) {
      writeFileSync(join(live.root, html, 'word.html'), word);
      return Promise.resolve();
    },
    read: (live) => get(live.address, '/word.html'),
    ...more,
  };
}

test.serial('nginx with four workers', async (t) => {
  // Where a body waits on its way: the package's own directories are root's.
  const passing = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${site}/${what};`).join(' ');
  const configuration = file(
    'nginx.conf',
    `daemon off; worker_processes 4; user www-data; pid ${site}/nginx.pid; error_log ${site}/nginx.log;
events { worker_connections 256; }
http { access_log ${site}/access.log; ${passing} sendfile on; aio threads; server { listen 8101 reuseport; root ${html}; } }`,
  );
  await tryApplication(t, store, 'nginx', files(8101, ['/usr/sbin/nginx', '-c', configuration], { clients: 8 }));
});

test.serial('lighttpd', async (t) => {
  const configuration = file(
    'lighttpd.conf',
    `server.document-root = "${html}"\nserver.port = 8102\nserver.username = "www-data"\nserver.max-worker = 2\nserver.stat-cache-engine = "disable"\nmimetype.assign = (".html" => "text/html")\n`,
  );
  await tryApplication(t, store, 'lighttpd', files(8102, ['/usr/sbin/lighttpd', '-D', '-f', configuration]));
});

const APACHE = (
  port: number,
): string => `ServerRoot ${site}\nServerName localhost\nListen ${port}\nPidFile ${site}/apache-${port}.pid\nMutex default:${site}\nErrorLog ${site}/apache.log\nUser www-data\nGroup www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nLoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
ScoreBoardFile ${site}/scoreboard
TypesConfig ${file('mime.types', 'text/html html\n')}\nStartServers 2\nThreadsPerChild 25\nDocumentRoot ${html}\n<Directory ${html}>\nRequire all granted\n</Directory>\n<Location /server-status>\nSetHandler server-status\n</Location>\n`;

test.serial('apache2 with its event workers', async (t) => {
  await tryApplication(t, store, 'apache', files(8103, ['/usr/sbin/apache2', '-DFOREGROUND', '-f', file('apache.conf', APACHE(8103))]));
});

test.serial('gunicorn with three workers', async (t) => {
  file(
    'application.py',
    `
import os
seen = {'n': 0}
def app(environ, start):
    seen['n'] += 1
    path = '${html}/word.html'
    body = (open(path).read() if environ['PATH_INFO'] == '/word.html' else 'of the site\\n' * 3000).encode()
    start('200 OK', [('content-length', str(len(body)))])
    return [body]
`,
  );
  await tryApplication(
    t,
    store,
    'gunicorn',
    files(8104, ['gunicorn', '-w', '3', '-b', '127.0.0.1:8104', '--chdir', site, '--worker-tmp-dir', '/dev/shm', 'application:app']),
  );
});

test.serial('caddy, a Go program', async (t) => {
  const configuration = file(
    'Caddyfile',
    `{\nadmin off\nauto_https off\nstorage file_system ${site}/caddy\n}\nhttp://:18105 {\nroot * ${html}\nfile_server\n}\n`,
  );
  const command = ['env', `HOME=${site}`, 'caddy', 'run', '--adapter', 'caddyfile', '--config', configuration];
  await tryApplication(t, store, 'caddy', files(18105, command));
});
