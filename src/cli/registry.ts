import type { CliCommand } from './command.ts';

interface Entry {
  readonly summary: string;
  load(): Promise<{ readonly command: CliCommand }>;
}

/** Every command, in the order that --help lists them. Each is loaded only when it is the one that was typed. */
export const registry: Readonly<Record<string, Entry>> = {
  run: { summary: 'start a command inside a mounted instance', load: () => import('./commands/run.ts') },
  ps: { summary: 'list instances', load: () => import('./commands/ps.ts') },
  exec: { summary: 'run a command inside an instance', load: () => import('./commands/exec.ts') },
  logs: { summary: 'show what an instance wrote', load: () => import('./commands/logs.ts') },
  stop: { summary: 'end instances: TERM, then KILL', load: () => import('./commands/stop.ts') },
  kill: { summary: 'send a signal to instances', load: () => import('./commands/kill.ts') },
  destroy: { summary: 'end instances and remove their private data', load: () => import('./commands/destroy.ts') },
  commit: { summary: 'make a template of a running instance', load: () => import('./commands/commit.ts') },
  clone: { summary: 'make live instances of a template', load: () => import('./commands/clone.ts') },
  snapshot: { summary: 'suspend an instance into an image', load: () => import('./commands/snapshot.ts') },
  restore: { summary: 'bring a suspended instance back', load: () => import('./commands/restore.ts') },
  ids: { summary: "show an instance's translation tables", load: () => import('./commands/ids.ts') },
  ports: { summary: 'show port translations and published ports', load: () => import('./commands/ports.ts') },
  ls: { summary: 'list templates, or files in one', load: () => import('./commands/ls.ts') },
  create: { summary: 'make a template of files alone', load: () => import('./commands/create.ts') },
  cp: { summary: 'copy a template, or files in and out of one', load: () => import('./commands/cp.ts') },
  mv: { summary: 'rename a template', load: () => import('./commands/mv.ts') },
  rm: { summary: 'remove templates', load: () => import('./commands/rm.ts') },
  inspect: { summary: 'all that is known of a template or an instance', load: () => import('./commands/inspect.ts') },
  diff: { summary: 'list changed files', load: () => import('./commands/diff.ts') },
  flatten: { summary: 'fold a chain of increments into one image', load: () => import('./commands/flatten.ts') },
  accept: { summary: 'take layers that another hand has changed as they are now', load: () => import('./commands/accept.ts') },
  df: { summary: 'what templates take on the disk, and what they share', load: () => import('./commands/df.ts') },
  export: { summary: 'write a template to one archive', load: () => import('./commands/export.ts') },
  import: { summary: 'read a template from an archive', load: () => import('./commands/import.ts') },
  mount: { summary: 'show the template store as a directory', load: () => import('./commands/mount.ts') },
  umount: { summary: 'take that directory away', load: () => import('./commands/umount.ts') },
  'rules check': { summary: 'check the syntax of a rule file', load: () => import('./commands/rules-check.ts') },
  'rules explain': { summary: 'show which rule decides, and what it makes of a value', load: () => import('./commands/rules-explain.ts') },
  doctor: { summary: 'what this machine can and cannot do', load: () => import('./commands/doctor.ts') },
  daemon: { summary: 'the daemon in the foreground', load: () => import('./commands/daemon.ts') },
  completion: { summary: 'print completions for a shell', load: () => import('./commands/completion.ts') },
};
