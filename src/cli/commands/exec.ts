import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AppshotError } from '../../errors.ts';
import { systemWords } from '../../system-error.ts';
import type { ExecPlan } from '../../types.ts';
import { defineCommand } from '../command.ts';
import { misuse } from '../errors.ts';
import { environment, variable } from '../instance-options.ts';

interface Options {
  readonly env: readonly string[];
  readonly workdir?: string;
}

export const command = defineCommand<Options>({
  examples: ['appshot exec web -- sh', 'appshot exec -w /srv -e DEBUG=1 warm-1 -- node check.js'],
  tail: true,
  define(command) {
    command
      .argument('<aid>', 'instance')
      .option('-e, --env <name=value>', 'set a variable, or pass one on (repeatable)', variable, [])
      .option('-w, --workdir <dir>', 'working directory in the instance');
  },
  async run(cli, { args: [aid = ''], options, tail }) {
    if (tail.length === 0) throw misuse(`exec ${aid}`, 'no command was given', `appshot exec ${aid} -- CMD...`);
    const plan = await cli.ops.exec({
      aid,
      command: tail,
      ...(options.env.length === 0 ? {} : { env: environment(options.env, cli.io.env) }),
      ...(options.workdir === undefined ? {} : { cwd: options.workdir }),
    });
    const code = await carryOut(plan);
    if (cli.json) cli.say(JSON.stringify({ aid, code }));
    return code;
  },
});

const PASSED_ON = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Every signal is passed on: the program that enters the instance tells those that were sent to this process alone from those, such as
 * the terminal's, that the command has got by itself.
 */
function carryOut({ program, args }: ExecPlan): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    for (const signal of PASSED_ON)
      process.on(signal, () => {
        child.kill(signal);
      });
    child.on('error', (error) => {
      reject(new AppshotError('failed', 'exec', `${program}: ${systemWords(error)}`, null, { cause: error }));
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
