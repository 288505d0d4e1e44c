import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

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
  const user = env['HOME'] ?? '/tmp';
  return [
    join(env['XDG_DATA_HOME'] ?? join(user, '.local/share'), 'appshot'),
    join(env['XDG_STATE_HOME'] ?? join(user, '.local/state'), 'appshot'),
    join(env['XDG_RUNTIME_DIR'] ?? `/tmp/appshot-${uid}`, 'appshot'),
  ];
}

/** Makes the directories, private to the user. Throws what mkdir throws. */
export function makeStore(paths: StorePaths): void {
  for (const directory of [paths.data, paths.state, paths.run, paths.layers, paths.images, paths.instances, paths.mounts])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
}
