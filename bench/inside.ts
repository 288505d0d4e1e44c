import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../src/daemon/client.ts';
import { storePaths } from '../src/paths.ts';
import type { VprocMode } from '../src/types.ts';
import { addressOf, freePort, untilListening } from './measure.ts';
import { figures } from './scenario.ts';

const rounds = 5;
const seconds = 3;

/** A server under its own load generator, which stays outside. */
interface Load {
  readonly name: string;
  /** The load generator: a row is left out, in words, where it isn't installed. */
  readonly needs: string;
  /** One shell line that makes what it needs in the working directory and becomes the server. */
  readonly server: (port: number) => string;
  readonly prepare?: (host: string, port: string) => void;
  /** Rows, each with its operations a second. */
  readonly rows: Readonly<Record<string, (host: string, port: string) => number>>;
}

const output = (program: string, words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });

function numberIn(text: string, pattern: RegExp): number {
  const found = Number(pattern.exec(text)?.[1]);
  if (!(found > 0)) throw new Error(`no figure in: ${text.slice(0, 300)}`);
  return found;
}

const redisBenchmark =
  (test: string) =>
  (host: string, port: string): number =>
    numberIn(output('redis-benchmark', ['-h', host, '-p', port, '-t', test, '-n', '150000', '-c', '50', '--csv']), /^"[A-Z]+","([\d.]+)"/m);

const pgbench =
  (...words: string[]) =>
  (host: string, port: string): number =>
    numberIn(
      output('pgbench', ['-h', host, '-p', port, '-U', 'postgres', '-c', '4', '-T', String(seconds), '-n', ...words, 'postgres']),
      /tps = ([\d.]+)/,
    );

const loads: readonly Load[] = [
  {
    name: 'redis-benchmark',
    needs: '/usr/bin/redis-benchmark',
    server: (port) => `exec redis-server --port ${port} --save '' --appendonly no`,
    rows: { GET: redisBenchmark('get'), SET: redisBenchmark('set') },
  },
  {
    name: 'wrk on nginx',
    needs: '/usr/bin/wrk',
    server: (port) => `mkdir html; head -c 1000 /dev/zero > html/index.html
cat > nginx.conf <<END
daemon off; worker_processes 1; user root; pid $PWD/pid; error_log $PWD/error.log;
events { worker_connections 256; }
http { access_log off; server { listen 127.0.0.1:${port}; root $PWD/html; } }
END
exec nginx -c $PWD/nginx.conf`,
    rows: {
      'a file of 1000 bytes': (host, port) =>
        numberIn(output('wrk', ['-t1', '-c16', `-d${seconds}s`, `http://${host}:${port}/`]), /Requests\/sec:\s+([\d.]+)/),
    },
  },
  {
    name: 'pgbench',
    needs: '/usr/bin/pgbench',
    server: (port) => `chown postgres . && mkdir data && chown postgres data
PATH=$(pg_config --bindir):$PATH
as='setpriv --reuid=postgres --regid=postgres --clear-groups'
$as initdb -D $PWD/data -A trust --no-sync >/dev/null
exec $as postgres -D $PWD/data -p ${port} -k '' -h 127.0.0.1`,
    prepare: (host, port) => void output('pgbench', ['-h', host, '-p', port, '-U', 'postgres', '-i', '-q', '-s', '5', 'postgres']),
    rows: { 'TPC-B-like, 4 clients': pgbench(), 'select only, 4 clients': pgbench('-S') },
  },
  {
    name: 'start-up',
    needs: '/usr/bin/python3',
    server: (port) => `cat > server.py <<'END'
import http.server, subprocess, time
class Answer(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    begun = time.perf_counter()
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done"], check=True)
    text = str(300 / (time.perf_counter() - begun)).encode()
    self.send_response(200); self.end_headers(); self.wfile.write(text)
  def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", ${port}), Answer).serve_forever()
END
exec python3 server.py`,
    rows: { 'of true, by a shell': (host, port) => numberIn(output('curl', ['-s', `http://${host}:${port}/`]), /([\d.]+)/) },
  },
];

/** Where a server runs: its address, and how it is ended. */
interface Side {
  readonly name: string;
  readonly address: string;
}

/** Both sides' files are on a tmpfs: the store's, or a directory of the native server's own. */
class Sides implements AsyncDisposable {
  readonly #home = mkdtempSync('/dev/shm/appshot-bench-inside-');
  readonly #env = { ...process.env, APPSHOT_HOME: join(this.#home, 'store') };
  readonly #client = new Client({ paths: storePaths(this.#env), env: this.#env });
  readonly #children: ChildProcess[] = [];

  async native({ server }: Load, place: number): Promise<Side> {
    const cwd = join(this.#home, `native-${place}`);
    execFileSync('mkdir', ['-p', '-m', '755', cwd]);
    execFileSync('chmod', ['755', this.#home]);
    const port = await freePort();
    const child = spawn('sh', ['-c', server(port)], { cwd, stdio: 'ignore', detached: true });
    this.#children.push(child);
    const address = `127.0.0.1:${port}`;
    await untilListening(address, child);
    return { name: 'native', address };
  }

  async instance({ server }: Load, place: number, vproc: VprocMode): Promise<Side> {
    const directory = `/var/tmp/appshot-bench-${place}`;
    const started = await this.#client.operations.run({
      aid: `${vproc}-${place}`,
      vproc,
      command: ['sh', '-c', `mkdir ${directory} && cd ${directory} && ${server(7000 + place)}`],
      cwd: '/',
      inherit: { PATH: process.env['PATH'] ?? '' },
      waitFor: { kind: 'port', port: 7000 + place },
    });
    return { name: vproc, address: addressOf(started.ports, 7000 + place) };
  }

  /** Ends what was started since the last call. */
  async end(): Promise<void> {
    const ops = this.#client.operations;
    for (const child of this.#children.splice(0)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(child.pid, 'SIGINT'); // a fast shutdown of PostgreSQL, an end of the others
        await ended;
      }
    }
    const aids = (await ops.ps({ all: true })).map(({ aid }) => aid);
    if (aids.length > 0) await ops.destroy({ aids });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => undefined);
    await this.#client.operations.shutdown({}).catch(() => undefined);
    this.#client.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

async function measure(sides: Sides, load: Load, place: number): Promise<string[]> {
  const all = [
    await sides.native(load, place),
    await sides.instance(load, place, 'namespace'),
    await sides.instance(load, place, 'preload'),
  ];
  const split = ({ address }: Side): [string, string] => address.split(':') as [string, string];
  for (const side of all) load.prepare?.(...split(side));
  const lines: string[] = [];
  for (const [row, ask] of Object.entries(load.rows)) {
    const found = new Map(all.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round <= rounds; round++)
      for (let turn = 0; turn < all.length; turn++) {
        const side = all[(round + turn) % all.length];
        if (side === undefined) continue;
        const rate = ask(...split(side));
        if (round > 0) found.get(side.name)?.push(rate); // the first round warms
      }
    const [native = NaN, ...others] = all.map(({ name }) => figures(found.get(name) ?? []).median);
    lines.push(
      `| ${load.name}: ${row} | ${native.toFixed(0)} | ${others.map((rate) => `${rate.toFixed(0)} (${(rate / native).toFixed(2)})`).join(' | ')} |`,
    );
  }
  await sides.end();
  return lines;
}

/** The same servers outside and inside instances, in turn: operations a second, and the ratio to native. */
export async function* inside(): AsyncGenerator<string> {
  await using sides = new Sides();
  yield `\nOperations a second, medians of ${rounds} turns; in brackets the ratio to native:\n`;
  yield '| load | native | namespace | preload |';
  yield '| --- | --- | --- | --- |';
  for (const [place, load] of loads.entries()) {
    if (existsSync(load.needs)) for (const line of await measure(sides, load, place)) yield line;
    else yield `| ${load.name}: ${load.needs} is not installed | - | - | - |`;
  }
}
