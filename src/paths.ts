import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
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
  const [data, state, run] = roots(env, uid);
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

function roots(env: NodeJS.ProcessEnv, uid: number): [data: string, state: string, run: string] {
  const home = env['APPSHOT_HOME'];
  if (home) return [join(home, 'data'), join(home, 'state'), join(home, 'run')];
  if (uid === 0) return ['/var/lib/appshot', '/var/lib/appshot/state', '/run/appshot'];
  const own = `/tmp/appshot-${uid}`;
  const user = env['HOME'] ?? own;
  if (env['HOME'] === undefined || env['XDG_RUNTIME_DIR'] === undefined) checkOwner(own, uid);
  return [
    join(env['XDG_DATA_HOME'] ?? join(user, '.local/share'), 'appshot'),
    join(env['XDG_STATE_HOME'] ?? join(user, '.local/state'), 'appshot'),
    join(env['XDG_RUNTIME_DIR'] ?? own, 'appshot'),
  ];
}

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
    mkdirSync(directory, { recursive: true, mode: 0o700 });
}
