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
  /** Kinds of namespaces that can't be had, as on a machine whose limit of them is 0. Only where the test runs as root. */
  readonly refused?: readonly ('pid' | 'ipc')[];
  /** A part of /proc is hidden by a mount, as containers do it: the kernel then gives no user another /proc. Only where the test runs as root. */
  readonly hiddenProc?: boolean;
  /** An /etc without mtab, as bare containers have it. Only where the test runs as root. */
  readonly noMtab?: boolean;
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
  readonly #entered: readonly string[];

  static async open(options: UserStoreOptions = {}): Promise<UserStore> {
    const uid = process.getuid?.() ?? 0;
    if (uid !== 0) return new UserStore(uid, mkdtempSync(join(tmpdir(), 'appshot-user-')), null);
    const scratch = mkdtempSync(join(tmpdir(), 'appshot-user-'));
    chmodSync(scratch, 0o755);
    const refuses = (options.refused ?? []).length > 0;
    return new UserStore(ID, scratch, await hold(scratch, options), refuses ? ['-U', '-m'] : ['-m']);
  }

  private constructor(uid: number, scratch: string, holder: ChildProcess | null, entered: readonly string[] = []) {
    super();
    this.uid = uid;
    this.scratch = join(scratch, 'own');
    this.#holder = holder;
    this.#entered = entered;
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
        : [
            'nsenter',
            '-t',
            String(this.#holder.pid),
            ...this.#entered,
            'setpriv',
            '--reuid',
            id,
            '--regid',
            id,
            '--clear-groups',
            '--inh-caps=-all',
          ];
    const [program = '', ...rest] = [...become, ...words];
    return new Promise((resolve) => {
      execFile(program, rest, { env, cwd: '/', maxBuffer: 64 << 20, timeout }, (error: ExecFileException | null, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr });
      });
    });
  }
}

/**
 * A process whose mount namespace the user's commands run in; it ends with its standard input. What the machine is to refuse is set in a user
 * namespace, where each of the machine's ids is itself: limits of namespaces hold for the one that they are set in and those below it.
 */
async function hold(
  scratch: string,
  { closedDevice = false, refused = [], hiddenProc = false, noMtab = false }: UserStoreOptions,
): Promise<ChildProcess> {
  const node = join(scratch, 'fuse'),
    accounts = join(scratch, 'passwd');
  execFileSync('mknod', ['-m', closedDevice ? '600' : '666', node, 'c', '10', '229']);
  chmodSync(node, closedDevice ? 0o600 : 0o666);
  writeFileSync(accounts, `${readFileSync('/etc/passwd', 'utf8').trimEnd()}\nappshot-test:x:${ID}:${ID}::/:/bin/sh\n`, { mode: 0o644 });
  const limits = refused.map((kind) => `echo 0 >/proc/sys/user/max_${kind}_namespaces && `).join('');
  const hiding = hiddenProc ? 'mount -t tmpfs -o ro,size=4k none /proc/fs && ' : '';
  const settings = join(scratch, 'etc');
  const bare = noMtab ? `cp -a /etc ${settings} && rm -f ${settings}/mtab && mount --bind ${settings} /etc && ` : '';
  const script = `${limits}${hiding}${bare}mount --bind ${node} /dev/fuse && mount --bind ${accounts} /etc/passwd && echo ready && exec cat >/dev/null`;
  const mounts = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script];
  const inUser = ['unshare', '--user', 'sh', '-c', 'echo mapped? && read answer && exec "$@"', 'sh', ...mounts];
  const [program = '', ...words] = refused.length > 0 ? inUser : mounts;
  const holder = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: holder.stdout });
  const said = lines[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => String((await said.next()).value ?? '');
  let first = await hear();
  if (first === 'mapped?') {
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${holder.pid ?? 0}/${map}`, '0 0 4294967295\n');
    holder.stdin.write('yes\n');
    first = await hear();
  }
  lines.close();
  if (first !== 'ready') throw new Error("a mount namespace for the user can't be made");
  return holder;
}
