import { AppshotError } from '../../errors.ts';
import type { RunOptions, WaitFor } from '../../types.ts';
import type { Cli } from '../cli.ts';
import { defineCommand, type Parsed } from '../command.ts';
import { misuse } from '../errors.ts';
import { logSizes, runInForeground } from '../foreground.ts';
import { wholeVariables } from '../foreign-bytes.ts';
import { printable } from '../format.ts';
import { instanceOptions, readRules, variables, vprocMode, waitFor, type InstanceOptions } from '../instance-options.ts';
import { sayNotes } from '../notes.ts';

interface Options extends InstanceOptions {
  readonly from?: string;
  readonly workdir?: string;
  readonly detach: boolean;
  readonly rm: boolean;
  readonly waitFor?: WaitFor;
}

export const command = defineCommand<Options>({
  examples: [
    'appshot run -- node server.js',
    'appshot run -d --aid web --wait-for port:8080 -- node server.js',
    'appshot run --rm --from base -e LANG=C -w /srv -- sh -c "ls | wc -l"',
  ],
  tail: true,
  define(command) {
    instanceOptions(command)
      .option('--from <template>', "template to start from; the host's / when none is named")
      .option('-w, --workdir <dir>', "working directory in the instance; the caller's own on the host's root")
      .option('-d, --detach', 'return once it is started', false)
      .option('--wait-for <what>', 'with -d, return once it is ready: port:N, log:REGEX or exec:CMD', waitFor)
      .option('--rm', 'destroy it when it has ended', false);
  },
  async run(cli, parsed) {
    const { options } = parsed;
    const there = options.aid === undefined ? null : await logSizes(cli, options.aid);
    const run = runOptions(cli, parsed, there !== null);
    if (options.detach) {
      await detached(cli, { ...run, remove: options.rm });
      return 0;
    }
    if (options.waitFor !== undefined) throw misuse('run', '--wait-for is for instances in the background', 'add -d');
    const { aid, code } = await runInForeground(cli, run, there ?? { stdout: 0, stderr: 0 });
    if (options.rm) await destroy(cli, aid);
    return code;
  },
});

function runOptions(cli: Cli, { options, tail }: Parsed<Options>, exists: boolean): RunOptions {
  if (tail.length === 0) throw misuse('run', 'no command was given', 'appshot run -- CMD...');
  const { aid, from, publish, rules } = options;
  // On the host's own root the caller's directory is there too; in another root it may not be.
  const cwd = options.workdir ?? (from === undefined && !exists ? cli.io.cwd : undefined);
  return {
    command: tail,
    inherit: inherited(cli),
    ...(aid === undefined ? {} : { aid }),
    ...(from === undefined ? {} : { from }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(publish.length === 0 ? {} : { ports: publish }),
    ...variables(options, cli.io.env),
    ...(rules === undefined ? {} : { rules: readRules('run', rules, cli.io) }),
    ...(options.waitFor === undefined ? {} : { waitFor: options.waitFor }),
    ...vprocMode(options.vproc, cli.io.env, 'run'),
  };
}

function inherited(cli: Cli): Record<string, string> {
  const { variables, changed } = wholeVariables(cli.io.env);
  if (changed.length > 0) cli.say(`run: not passed on, for they are no UTF-8 text: ${printable(changed.join(', '))}`);
  return variables;
}

async function detached(cli: Cli, options: RunOptions): Promise<void> {
  const started = await cli.ops.run(options);
  cli.print(cli.json ? JSON.stringify(started) : started.aid);
  sayNotes(cli, [started], ({ aid }) => aid);
}

async function destroy(cli: Cli, aid: string): Promise<void> {
  try {
    await cli.ops.destroy({ aids: [aid] });
  } catch (error) {
    // Somebody else was quicker: it is gone, as was asked.
    if (!(error instanceof AppshotError) || error.code !== 'not-found') throw error;
  }
}
