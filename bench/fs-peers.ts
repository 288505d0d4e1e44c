import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ViewServer } from '../fs/view-server.ts';

/** A file system that shows one read-only tree under a private writable one. */
export interface Peer {
  readonly name: string;
  /** Mounts it anew, with an empty upper, at the directory that is returned. */
  mount(round: string): Promise<string>;
  unmount(): Promise<void>;
  close(): Promise<void>;
}

/** What is shown read-only below; `live`: it may change meanwhile, as the host's own root. */
export interface Lower {
  readonly tree: string;
  readonly live: boolean;
}

const run = (program: string, ...words: string[]): void => {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
};

function directories(store: string, name: string): { at: string; upper: string; work: string } {
  const at = join(store, `${name}-at`);
  const upper = join(store, `${name}-upper`);
  const work = join(store, `${name}-work`);
  for (const directory of [at, upper, work]) mkdirSync(directory);
  return { at, upper, work };
}

function mounted(name: string, store: string, lower: Lower, mount: (at: string, options: string) => void): Peer {
  let where = '';
  return {
    name,
    mount: (round) => {
      const { at, upper, work } = directories(store, `${name.replaceAll(' ', '-')}-${round}`);
      mount(at, `lowerdir=${lower.tree},upperdir=${upper},workdir=${work}`);
      where = at;
      return Promise.resolve(at);
    },
    unmount: () => {
      run('umount', where);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function view(store: string, { tree, live }: Lower): Peer {
  const server = new ViewServer(join(store, 'sock'), join(store, 'state'), join(store, 'log'));
  return {
    name: 'appshot',
    mount: async (round) => {
      const { at, upper } = directories(store, `appshot-${round}`);
      const nothing = { masks: [], injected: [], shared: [], variables: [], aliases: [], links: [] };
      await server.mount({ aid: 'bench', at, upper, layers: [tree], live, ...nothing });
      return at;
    },
    unmount: () => server.unmount('bench'),
    close: async () => {
      await server.quit();
      server.close();
    },
  };
}

/** Those that this machine has, over one lower tree, with their private ones in `store`. */
export function peers(store: string, lower: Lower): Peer[] {
  const all = [
    mounted('kernel overlayfs', store, lower, (at, options) => {
      run('mount', '-t', 'overlay', 'bench', '-o', options, at);
    }),
    view(store, lower),
  ];
  const there = execFileSync('sh', ['-c', 'command -v fuse-overlayfs || true'], { encoding: 'utf8' }) !== '';
  if (there)
    all.push(
      mounted('fuse-overlayfs', store, lower, (at, options) => {
        run('fuse-overlayfs', '-o', options, at);
      }),
    );
  return all;
}
