/** What a store's programs hold of the machine, counted from outside: /proc, the directories, the database. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite as Database } from '../../db/driver.ts';
import { childrenOf } from '../support/processes.ts';

export interface Footprint {
  /** Resident bytes, by program. */
  readonly memory: Record<string, number>;
  /** Open descriptors, by program. */
  readonly descriptors: Record<string, number>;
  readonly processes: number;
  readonly mounts: number;
  readonly namespaces: number;
  /** Of every table. */
  readonly rows: Record<string, number>;
  /** Bytes of the store. */
  readonly disk: number;
  readonly files: number;
}

/** The programs of one store, by what they are. */
function programs(home: string): { name: string; pid: number }[] {
  const found: { name: string; pid: number }[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const name = nameOf(Number(entry), home);
    if (name !== null) found.push({ name, pid: Number(entry) });
  }
  return found;
}

function nameOf(pid: number, home: string): string | null {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/);
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    if (words.some((word) => word.endsWith('appshotd.js'))) return environment.includes(`APPSHOT_HOME=${home}`) ? 'daemon' : null;
    if (!words.some((word) => word.startsWith(`${home}/`))) return null;
    const name = (words[0] ?? '').split('/').at(-1) ?? '';
    return name.startsWith('appshot-') ? name : null;
  } catch {
    return null; // it has ended
  }
}

function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Of the store's programs and all below them, each instance's among them. Other processes may see its mounts too: they are not counted. */
function namespacesOf(found: readonly { pid: number }[]): number {
  const seen = new Set<string>();
  const pids = found.map(({ pid }) => pid);
  for (let at = 0; at < pids.length; at++) {
    const pid = pids[at] ?? 0;
    pids.push(...childrenOf(pid).filter((child) => !pids.includes(child)));
    try {
      for (const kind of ['pid', 'ipc', 'mnt']) seen.add(readlinkSync(`/proc/${pid}/ns/${kind}`));
    } catch {
      // it has ended
    }
  }
  return seen.size;
}

function rowsOf(home: string): Record<string, number> {
  const database = new Database(join(home, 'data/appshot.db'), { readonly: true });
  try {
    const tables = database.prepare<[], { name: string }>("select name from sqlite_master where type = 'table' order by name").all();
    return Object.fromEntries(
      tables.map(({ name }) => [name, database.prepare<[], { n: number }>(`select count(*) as n from "${name}"`).get()?.n ?? 0]),
    );
  } finally {
    database.close();
  }
}

function diskOf(directory: string): { bytes: number; files: number } {
  let [bytes, files] = [0, 0];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // The journal of the database grows and shrinks as SQLite likes; a log only grows.
    if (!entry.isFile() || /\.db-(wal|shm)$|\.log$/.test(path)) continue;
    bytes += statSync(path).blocks * 512;
    files++;
  }
  return { bytes, files };
}

/** `instances` must be few: their own mounts are counted too. */
export function footprint(home: string): Footprint {
  const found = programs(home);
  const sum = (of: (pid: number) => number): Record<string, number> => {
    const out: Record<string, number> = {};
    for (const { name, pid } of found) out[name] = (out[name] ?? 0) + of(pid);
    return out;
  };
  const parts = ['data', 'state'].map((name) => diskOf(join(home, name)));
  return {
    memory: sum(resident),
    descriptors: sum((pid) => readdirSync(`/proc/${pid}/fd`).length),
    processes: found.length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${home}/`)).length,
    namespaces: namespacesOf(found),
    rows: rowsOf(home),
    disk: parts.reduce((total, part) => total + part.bytes, 0),
    files: parts.reduce((total, part) => total + part.files, 0),
  };
}

/** The SysV objects that the store's programs see and hold in common; those of instances live in namespaces of their own. */
export function sharedIpc(home: string): string {
  const daemon = programs(home).find(({ name }) => name === 'daemon');
  if (daemon === undefined) throw new Error('the daemon does not run');
  return execFileSync('nsenter', [`--ipc=/proc/${daemon.pid}/ns/ipc`, 'ipcs', '-a'], { encoding: 'utf8' });
}
