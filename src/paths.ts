import { existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppshotError } from './errors.ts';

/** Where a store keeps its things: `$APPSHOT_HOME`, else as root /var/lib and /run, else the XDG directories. */
export interface StorePaths {
  readonly data: string;
  readonly state: string;
  readonly run: string;
  readonly layers: string;
  readonly images: string;
  readonly instances: string;
  readonly mounts: string;
  readonly database: string;
  readonly socket: string;
  readonly viewSocket: string;
  readonly forgeSocket: string;
  readonly log: string;
}

export function storePaths(env: NodeJS.ProcessEnv = process.env, uid: number = process.getuid?.() ?? 0): StorePaths {
  const [data, state, run] = roots(env, uid).map(canonical) as [string, string, string];
  return {
    data,
    state,
    run,
    layers: join(data, 'layers'),
    images: join(data, 'images'),
    instances: join(state, 'instances'),
    mounts: join(run, 'mnt'),
    database: join(data, 'appshot.db'),
    socket: join(run, 'daemon.sock'),
    viewSocket: join(run, 'view.sock'),
    forgeSocket: join(run, 'forge.sock'),
    log: join(state, 'daemon.log'),
  };
}

/**
 * The path without symbolic links and from `/` on, also of what isn't there yet: the daemon has another working directory, and the kernel
 * tells of files by these names alone.
 */
function canonical(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch (error) {
    const above = dirname(whole);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === whole) return whole; // whoever makes it will say what is wrong
    return join(canonical(above), basename(whole));
  }
}

function roots(env: NodeJS.ProcessEnv, uid: number): [data: string, state: string, run: string] {
  const home = env['APPSHOT_HOME'];
  if (home) return [join(home, 'data'), join(home, 'state'), join(home, 'run')];
  if (uid === 0) return ['/var/lib/appshot', '/var/lib/appshot/state', '/run/appshot'];
  const own = `/tmp/appshot-${uid}`;
  const user = env['HOME'] ?? own;
  if (env['HOME'] === undefined || absolute(env['XDG_RUNTIME_DIR']) === undefined) checkOwner(own, uid);
  return [
    join(absolute(env['XDG_DATA_HOME']) ?? join(user, '.local/share'), 'appshot'),
    join(absolute(env['XDG_STATE_HOME']) ?? join(user, '.local/state'), 'appshot'),
    join(absolute(env['XDG_RUNTIME_DIR']) ?? own, 'appshot'),
  ];
}

/** A relative path in one of these is to be ignored, as the XDG Base Directory Specification has it; so is an empty one. */
const absolute = (path: string | undefined): string | undefined => (path?.startsWith('/') === true ? path : undefined);

/** Anybody may make a directory of that name: whoever talks to a socket in somebody else's is theirs. */
function checkOwner(directory: string, uid: number): void {
  const there = lstatSync(directory, { throwIfNoEntry: false });
  if (there === undefined || (there.isDirectory() && there.uid === uid && (there.mode & 0o022) === 0)) return;
  throw new AppshotError(
    'permission',
    `use ${directory}`,
    'it is not a directory of your own, closed to others',
    'set XDG_RUNTIME_DIR or APPSHOT_HOME to one that is',
  );
}

/** Makes the directories, private to the user. Throws what mkdir throws. */
export function makeStore(paths: StorePaths): void {
  for (const directory of [paths.data, paths.state, paths.run, paths.layers, paths.images, paths.instances, paths.mounts])
    makeDirectory(directory);
}

/** Node's own way up to the first directory that is there tells of a read-only file system as of a missing file, and goes round for ever in /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw error;
    makeDirectory(above);
    mkdirSync(path, { mode: 0o700 });
  }
}
