import { InvalidArgumentError, type Command } from 'commander';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppshotError } from '../errors.ts';
import { NO_FILE } from '../no-file.ts';
import { IO_URING, RAW_CALLS } from '../library-settings.ts';
import { systemWords } from '../system-error.ts';
import type { PortRequest, VprocMode, WaitFor } from '../types.ts';
import type { Io } from './io.ts';

/** `8080` or `80:8080`. */
export function portRequest(text: string, before: readonly PortRequest[] = []): PortRequest[] {
  const match = /^(?:(\d+):)?(\d+)$/.exec(text);
  const [open, port] = [match?.[1], match?.[2]].map((digits) => (digits === undefined ? null : Number(digits)));
  const valid = (value: number | null | undefined): boolean => value === null || (value !== undefined && value >= 1 && value <= 65535);
  if (match === null || port === null || port === undefined || !valid(port) || !valid(open))
    throw new InvalidArgumentError('It must be [PUBLIC:]PORT, each 1 to 65535.');
  return [...before, { public: open ?? null, port }];
}

/** `NAME=VALUE`, or `NAME` alone for the value that the command itself was given. */
export function variable(text: string, before: readonly string[] = []): string[] {
  if (!/^[^=\0]+(=|$)/.test(text)) throw new InvalidArgumentError('It must be NAME=VALUE or NAME.');
  return [...before, text];
}

export function environment(variables: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of variables) {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    const value = at < 0 ? env[name] : text.slice(at + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** `port:N`, `log:REGEX` or `exec:CMD`. */
export function waitFor(text: string): WaitFor {
  const [, kind, value = ''] = /^(port|log|exec):(.+)$/s.exec(text) ?? [];
  if (kind === 'port') {
    const [request] = portRequest(value);
    if (request?.public === null) return { kind, port: request.port };
  }
  if (kind === 'log' && isRegex(value)) return { kind, pattern: value };
  if (kind === 'exec') return { kind, command: value };
  throw new InvalidArgumentError('It must be port:N, log:REGEX or exec:CMD.');
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

/**
 * A rule file's text, and its absolute path for messages and for reading it again; what can be read once alone (`<(...)`, a pipe) is no
 * file to the daemon. Throws AppshotError.
 */
export function readRules(what: string, file: string, io: Io): { text: string; file: string } {
  const path = resolve(io.cwd, file);
  try {
    const again = statSync(path).isFile() && !path.startsWith('/dev/') && !path.startsWith('/proc/');
    return { text: readFileSync(path, 'utf8'), file: again ? path : NO_FILE };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AppshotError(code === 'ENOENT' ? 'not-found' : 'failed', what, `${file}: ${systemWords(error)}`, null, { cause: error });
  }
}

/** How virtual ids are bound: the option, else APPSHOT_VPROC, else as the daemon decides. */
export function vprocMode(option: string | undefined, env: NodeJS.ProcessEnv, what: string): { vproc?: VprocMode } {
  const value = option ?? (env['APPSHOT_VPROC'] || undefined);
  if (value === undefined) return {};
  if (value === 'namespace' || value === 'preload') return { vproc: value };
  throw new AppshotError(
    'misuse',
    what,
    `'${value}' is no mechanism for virtual ids`,
    'it is namespace or preload (--vproc, APPSHOT_VPROC)',
  );
}

function oneOf(...words: string[]): (text: string) => string {
  return (text) => {
    if (!words.includes(text)) throw new InvalidArgumentError(`It must be ${words.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`);
    return text;
  };
}

/** What `--env` and the library's settings set: the library reads these from the instance's environment. */
export function variables(
  options: Pick<InstanceOptions, 'env' | 'rawCalls' | 'ioUring'>,
  env: NodeJS.ProcessEnv,
): { env?: Record<string, string> } {
  const set = {
    ...environment(options.env, env),
    ...(options.rawCalls === undefined ? {} : { [RAW_CALLS]: options.rawCalls }),
    ...(options.ioUring === undefined ? {} : { [IO_URING]: options.ioUring }),
  };
  return Object.keys(set).length === 0 ? {} : { env: set };
}

/** Options that `run` and `clone` have in common. */
export interface InstanceOptions {
  readonly aid?: string;
  readonly rules?: string;
  readonly publish: readonly PortRequest[];
  readonly env: readonly string[];
  readonly vproc?: string;
  readonly rawCalls?: string;
  readonly ioUring?: string;
}

export function instanceOptions(command: Command): Command {
  return command
    .option('--aid <aid>', 'name of the instance')
    .option('--rules <file>', 'rules for this instance')
    .option('-p, --publish <[public:]port>', 'give a port of the instance an address (repeatable)', portRequest, [])
    .option('-e, --env <name=value>', 'set a variable, or pass one on (repeatable)', variable, [])
    .option('--vproc <mechanism>', 'how virtual ids are bound: namespace or preload')
    .option('--raw-calls <whose>', 'translate calls past the C library: known (Go), all or none', oneOf('known', 'all', 'none'))
    .option('--io-uring <whose>', 'rings for programs that ask the kernel directly, all or none', oneOf('direct', 'all', 'none'));
}
