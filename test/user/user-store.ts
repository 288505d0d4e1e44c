import { execFile, execFileSync, spawn, type ChildProcess, type ExecFileException } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../native/programs.ts';
import { type Outcome, TestStore } from '../support/store.ts';

/** An id that no account of this machine has. */
const ID = 61_234;

interface UserStoreOptions {
  /** The device as a closed machine has it: for root alone. */
  readonly closedDevice?: boolean;
}

/**
 * A store of an ordinary user's. Where the test runs as root, the user is made for it: a number without an account, and in a mount
 * namespace of the test's own an /etc/passwd that names it and a /dev/fuse that anybody may open, as most machines have it. Nothing
 * of the machine is changed. Where the test runs as an ordinary user, it is that one.
 */
export class UserStore extends TestStore {
  readonly uid: number;
  /** A directory of the user's. */
  readonly scratch: string;
  readonly #holder: ChildProcess | null;

  static async open(options: UserStoreOptions = {}): Promise<UserStore> {
    const uid = process.getuid?.() ?? 0;
    if (uid !== 0) return new UserStore(uid, mkdtempSync(join(tmpdir(), 'appshot-user-')), null);
    const scratch = mkdtempSync(join(tmpdir(), 'appshot-user-'));
    chmodSync(scratch, 0o755);
    return new UserStore(ID, scratch, await hold(scratch, options));
  }

  private constructor(uid: number, scratch: string, holder: ChildProcess | null) {
    super();
    this.uid = uid;
    this.scratch = join(scratch, 'own');
    this.#holder = holder;
    mkdirSync(this.scratch);
    if (holder !== null) for (const path of [this.home, this.scratch]) chownSync(path, uid, uid);
  }

  override appshot(words: readonly string[], options: { env?: Record<string, string>; timeoutMs?: number } = {}): Promise<Outcome> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.scratch, APPSHOT_HOME: this.home, NO_COLOR: '1', ...options.env };
    return this.#execute([join(projectRoot, 'bin', 'appshot'), ...words], env, options.timeoutMs ?? 120_000);
  }

  /** Runs a program as the user, where its mounts are seen. */
  shell(script: string): Promise<Outcome> {
    return this.#execute(['sh', '-c', script], { PATH: process.env['PATH'] ?? '' }, 60_000);
  }

  /** The command lines of all processes that belong to this store or to an instance of it. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
          return `${words} ${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(this.home) ? [words] : [];
        } catch {
          return [];
        }
      });
  }

  /** Views of this store that are mounted. */
  async mounts(): Promise<string[]> {
    const { stdout } = await this.shell('cat /proc/self/mountinfo');
    return stdout.split('\n').filter((line) => line.includes(this.home));
  }

  override async close(): Promise<void> {
    await super.close();
    this.#holder?.stdin?.end();
    if (this.#holder !== null && this.#holder.exitCode === null) await new Promise((resolve) => this.#holder?.once('exit', resolve));
    rmSync(join(this.scratch, '..'), { recursive: true, force: true });
  }

  #execute(words: readonly string[], env: Record<string, string>, timeout: number): Promise<Outcome> {
    const id = String(this.uid);
    const become =
      this.#holder === null
        ? []
        : ['nsenter', '-t', String(this.#holder.pid), '-m', 'setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--inh-caps=-all'];
    const [program = '', ...rest] = [...become, ...words];
    return new Promise((resolve) => {
      execFile(program, rest, { env, cwd: '/', maxBuffer: 64 << 20, timeout }, (error: ExecFileException | null, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
      });
    });
  }
}

/** A process whose mount namespace the user's commands run in; it ends with its standard input. */
async function hold(scratch: string, { closedDevice = false }: UserStoreOptions): Promise<ChildProcess> {
  const node = join(scratch, 'fuse'),
    accounts = join(scratch, 'passwd');
  execFileSync('mknod', ['-m', closedDevice ? '600' : '666', node, 'c', '10', '229']);
  chmodSync(node, closedDevice ? 0o600 : 0o666);
  writeFileSync(accounts, `${readFileSync('/etc/passwd', 'utf8').trimEnd()}\nappshot-test:x:${ID}:${ID}::/:/bin/sh\n`, { mode: 0o644 });
  const script = `mount --bind ${node} /dev/fuse && mount --bind ${accounts} /etc/passwd && echo ready && exec cat >/dev/null`;
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: holder.stdout });
  const [first] = await Promise.race([
    new Promise<string[]>((resolve) =>
      lines.once('line', (line) => {
        resolve([line]);
      }),
    ),
    new Promise<string[]>((resolve) =>
      holder.once('exit', () => {
        resolve([]);
      }),
    ),
  ]);
  lines.close();
  if (first !== 'ready') throw new Error("a mount namespace for the user can't be made");
  return holder;
}
