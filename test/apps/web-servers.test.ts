import test from 'ava';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../support/http.ts';
import { TestStore } from '../support/store.ts';
import { tryApplication, type Live, type Trial } from './trial.ts';

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

/** Something that answers by itself, without a place for words. */
function answers(port: number, command: readonly string[], path: string, expected: RegExp, more: Partial<Trial> = {}): Trial {
  return {
    port,
    command,
    async check(live) {
      const body = await get(live.address, path);
      if (!expected.test(body)) throw new Error(`${live.aid} answered ${body}`);
    },
    ...more,
  };
}

test.serial('nginx with four workers', async (t) => {
  const configuration = file(
    'nginx.conf',
    `daemon off; worker_processes 4; user www-data; pid ${site}/nginx.pid; error_log ${site}/nginx.log;
events { worker_connections 256; }
http { access_log ${site}/access.log; open_file_cache max=100; sendfile on; aio threads; server { listen 8101 reuseport; root ${html}; } }`,
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
): string => `ServerRoot /etc/apache2\nServerName localhost\nListen ${port}\nPidFile ${site}/apache-${port}.pid\nMutex default:${site}\nErrorLog ${site}/apache.log\nUser www-data\nGroup www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nLoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
ScoreBoardFile ${site}/scoreboard
TypesConfig /etc/mime.types\nStartServers 2\nThreadsPerChild 25\nDocumentRoot ${html}\n<Directory ${html}>\nRequire all granted\n</Directory>\n<Location /server-status>\nSetHandler server-status\n</Location>\n`;

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
  await tryApplication(
    t,
    store,
    'uwsgi',
    files(8114, [
      'uwsgi',
      '--plugin',
      'python3',
      '--http-socket',
      '127.0.0.1:8114',
      '--master',
      '--workers',
      '3',
      '--threads',
      '2',
      '--enable-threads',
      '--chdir',
      site,
      '--wsgi-file',
      'application.py',
      '--callable',
      'app',
    ]),
  );
});

test.serial('caddy, a static Go program', async (t) => {
  const configuration = file(
    'Caddyfile',
    `{\nadmin off\nauto_https off\nstorage file_system ${site}/caddy\n}\nhttp://:18105 {\nroot * ${html}\nfile_server\n}\n`,
  );
  await tryApplication(
    t,
    store,
    'caddy',
    files(18105, ['env', `HOME=${site}`, 'caddy', 'run', '--adapter', 'caddyfile', '--config', configuration], {
      ownPort: 'serving initial configuration',
    }),
  );
});

test.serial('haproxy with its own answers', async (t) => {
  const configuration = file(
    'haproxy.cfg',
    `global\nnbthread 4\nmaxconn 100\ndefaults\nmode http\ntimeout client 5s\ntimeout server 5s\ntimeout connect 5s\nfrontend f\nbind 127.0.0.1:8106\nhttp-request return status 200 content-type text/plain string "from haproxy"\n`,
  );
  await tryApplication(t, store, 'haproxy', answers(8106, ['/usr/sbin/haproxy', '-W', '-db', '-f', configuration], '/', /^from haproxy$/));
});

test.serial('varnish', async (t) => {
  const configuration = file(
    'varnish.vcl',
    `vcl 4.1; backend default none; sub vcl_recv { return (synth(200)); } sub vcl_synth { set resp.body = "from varnish"; return (deliver); }`,
  );
  await tryApplication(
    t,
    store,
    'varnish',
    answers(
      8107,
      [
        '/usr/sbin/varnishd',
        '-F',
        '-j',
        'none',
        '-n',
        join(site, 'varnish'),
        '-a',
        '127.0.0.1:8107',
        '-T',
        'none',
        '-f',
        configuration,
        '-s',
        'malloc,16m',
        '-p',
        'thread_pool_min=10',
        '-p',
        'thread_pools=1',
      ],
      '/',
      /^from varnish$/,
    ),
  );
});

test.serial('squid', async (t) => {
  const configuration = file(
    'squid.conf',
    `http_port 127.0.0.1:8108\nhttp_access allow all\ncache_effective_user proxy\npid_filename ${site}/squid.pid\ncache_log ${site}/squid.log\naccess_log none\ncache_mem 8 MB\nnetdb_filename none\npinger_enable off\nvisible_hostname h\n`,
  );

  await tryApplication(t, store, 'squid', {
    ...answers(8108, ['/usr/sbin/squid', '--foreground', '-f', configuration], '/squid-internal-static/icons/SN.png', /PNG/),
  });
});

test.serial('puma', async (t) => {
  const configuration = file(
    'config.ru',
    `run ->(env) { body = env['PATH_INFO'] == '/word.html' ? File.read('${html}/word.html') : "of the site\\n" * 3000; [200, {'content-length' => body.bytesize.to_s}, [body]] }\n`,
  );
  await tryApplication(t, store, 'puma', files(8109, ['puma', '-w', '2', '-t', '2:4', '-b', 'tcp://127.0.0.1:8109', configuration]));
});

test.serial('php-fpm behind nginx', async (t) => {
  const fpm = file(
    'fpm.conf',
    `[global]\nerror_log = ${site}/fpm.log\npid = ${site}/fpm.pid\ndaemonize = no\n[www]\nuser = www-data\ngroup = www-data\nlisten = ${site}/fpm.sock\nlisten.mode = 0666\npm = static\npm.max_children = 3\n`,
  );
  file(
    'html/index.php',
    '<?php if ($_SERVER["DOCUMENT_URI"] == "/word.html") readfile("word.html"); else echo str_repeat("of the site\\n", 3000);',
  );
  const nginx = file(
    'fpm-nginx.conf',
    `daemon off; worker_processes 1; user www-data; pid ${site}/n2.pid; error_log ${site}/n2.log; events {} http { access_log off; client_body_temp_path ${site}/b; fastcgi_temp_path ${site}/f; proxy_temp_path ${site}/p; uwsgi_temp_path ${site}/u; scgi_temp_path ${site}/s; server { listen 8110; root ${html}; location / { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME ${html}/index.php; fastcgi_pass unix:${site}/fpm.sock; } } }`,
  );
  await tryApplication(t, store, 'fpm', files(8110, ['bash', '-c', `php-fpm8.2 -F -y ${fpm} & exec nginx -c ${nginx}`]));
});

test.serial('prometheus', async (t) => {
  const configuration = file(
    'prometheus.yml',
    'global:\n  scrape_interval: 1s\nscrape_configs:\n- job_name: self\n  static_configs:\n  - targets: [127.0.0.1:19190]\n',
  );
  await tryApplication(
    t,
    store,
    'prometheus',
    answers(
      19190,
      ['prometheus', `--config.file=${configuration}`, `--storage.tsdb.path=${site}/tsdb`, '--web.listen-address=127.0.0.1:19190'],
      '/api/v1/query?query=1%2B1',
      /"2"/,
      { ownPort: 'ready to receive web requests' },
    ),
  );
});

test.serial('tinyproxy and privoxy', async (t) => {
  const tiny = file('tiny.conf', `Port 8111\nListen 127.0.0.1\nMaxClients 20\nStatHost "tinyproxy.stats"\nLogFile "${site}/tiny.log"\n`);
  await tryApplication(t, store, 'tinyproxy', {
    port: 8111,
    command: ['tinyproxy', '-d', '-c', tiny],
    check: async (live: Live) => {
      const { Talk } = await import('../support/talk.ts');
      const talk = await Talk.connect(live.address);
      await talk.ask('GET http://tinyproxy.stats/ HTTP/1.0\r\nHost: tinyproxy.stats\r\n\r\n', /Number of open connections/);
      talk.close();
    },
  });
});
void readFileSync;
