import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppshotError } from '../errors.ts';
import { systemWords } from '../system-error.ts';
import { makeCli } from './cli.ts';
import type { CliCommand, GlobalOptions, Parsed } from './command.ts';
import { errorLine, exitCode, misuse } from './errors.ts';
import { checkWords } from './foreign-bytes.ts';
import { flush, processIo, type Io } from './io.ts';
import { registry } from './registry.ts';

const HELP_OPTIONS = ['-h', '--help', '--json', '-q', '--quiet', '--debug', '--no-input'];

/** The command line, from its words to its exit code. Never throws. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const failed = watchOutput(io);
  const ran: Ran = { program: null };
  const code = await understood(argv, io, ran);
  try {
    await written(io, failed);
    return code;
  } catch (error) {
    if (code === 0) report(io, error, argv);
    return code === 0 ? exitCode(error, ran.program) : code;
  } finally {
    await flush(io.stderr);
  }
}

/** Whose exit code the command's own must stay apart from: exitCode() has what it means. */
interface Ran {
  program: string | null;
}

async function understood(argv: readonly string[], io: Io, ran: Ran): Promise<number> {
  try {
    checkWords(argv);
    const [leading, rest] = leadingOptions(argv);
    if (rest[0] === 'help' && rest.length > 1) return await understood([...rest.slice(1), '--help'], io, ran);
    if (rest.length === 0 && leading.length === 0) throw misuse('command line', 'no command was named', 'see appshot --help');
    if (rest.length === 0 || rest[0] === 'help') return await help(io, leading, []);
    const [name, words] = commandName(rest);
    if (name === null) return await help(io, ['--help'], rest);
    const entry = registry[name] as (typeof registry)[string];
    const { command } = await entry.load();
    ran.program = command.tail === true ? '' : null;
    const { parse } = await import('./parse.ts');
    const result = parse(name, entry.summary, command, [...leading, ...words]);
    if ('help' in result) {
      io.stdout.write(result.help);
      return 0;
    }
    if (command.tail === true) ran.program = result.parsed.tail[0] ?? '';
    return await carryOut(io, command, result.parsed);
  } catch (error) {
    report(io, error, argv);
    return exitCode(error, ran.program);
  }
}

async function carryOut(io: Io, command: CliCommand, parsed: Parsed<GlobalOptions & object>): Promise<number> {
  const cli = makeCli(io, parsed.options);
  try {
    return (await command.run(cli, parsed)) ?? 0;
  } finally {
    cli.client.close();
  }
}

/** Options that may stand before the command's name. */
function leadingOptions(argv: readonly string[]): [leading: string[], rest: string[]] {
  let at = 0;
  while (argv[at]?.startsWith('-') === true && argv[at] !== '-' && argv[at] !== '--') at++;
  return [argv.slice(0, at), argv.slice(at)];
}

/** The name may be two words (`rules check`); null when only a family's first was typed. Throws AppshotError `misuse`. */
function commandName([first = '', ...after]: readonly string[]): [name: string | null, rest: string[]] {
  if (Object.hasOwn(registry, first)) return [first, after];
  const family = Object.keys(registry).filter((each) => each.startsWith(`${first} `));
  if (family.length === 0) throw misuse(first, `there is no such command${nearest(first)}`, 'see appshot --help');
  const [second = '--help', ...more] = after;
  const pair = `${first} ${second}`;
  if (Object.hasOwn(registry, pair)) return [pair, more];
  if (second === '--help' || second === '-h') return [null, []];
  throw misuse(pair, 'there is no such command', `there are ${family.join(', ')}`);
}

function nearest(typed: string): string {
  const near = Object.keys(registry).find((name) => name.startsWith(typed) || typed.startsWith(name));
  return near === undefined || typed === '' ? '' : ` (did you mean ${near}?)`;
}

async function help(io: Io, leading: readonly string[], words: readonly string[]): Promise<number> {
  const { overview, version } = await import('./help.ts');
  if (leading.includes('-V') || leading.includes('--version')) {
    io.stdout.write(leading.includes('--json') ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`);
    return 0;
  }
  const unknown = leading.find((option) => !HELP_OPTIONS.includes(option));
  if (unknown !== undefined) throw misuse(unknown, 'there is no such option', 'see appshot --help');
  io.stdout.write(overview(words[0] ?? ''));
  return 0;
}

function report(io: Io, error: unknown, argv: readonly string[]): void {
  io.stderr.write(`${errorLine(error)}\n`);
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--debug') && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
}

/**
 * `appshot ps | head` ends without a word, as any command does; what else keeps output from being written (a full disk) is kept for
 * the end, to be told.
 */
function watchOutput(io: Io): { stdout: Error | null } {
  const failed: { stdout: Error | null } = { stdout: null };
  if (io.stderr.listenerCount('error') === 0) io.stderr.on('error', () => undefined);
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') failed.stdout ??= error;
  });
  return failed;
}

/** Throws AppshotError when something that was to be read has not been written. */
async function written(io: Io, failed: { readonly stdout: Error | null }): Promise<void> {
  await flush(io.stdout);
  await nextTurn(); // that a write to a file failed is told later than the write ends
  const { stdout: error } = failed;
  if (error === null) return;
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  throw new AppshotError(full ? 'no-space' : 'failed', 'write standard output', systemWords(error), null, { cause: error });
}
