import * as v from 'valibot';
import { AppshotError } from '../errors.ts';
import { systemWords } from '../system-error.ts';
import type { Operations } from '../types.ts';
import type { ErrorBody } from './protocol.ts';
import { schemas } from './schemas.ts';

/** Checks the argument and calls the operation. Throws AppshotError `misuse` for what no operation accepts. */
export function dispatch(operations: Operations, op: string, arg: unknown): Promise<unknown> {
  if (!isOperation(op))
    throw new AppshotError('misuse', op, 'the daemon knows no such operation', 'is the daemon older than this command? restart it');
  const checked = v.safeParse(schemas[op], arg, { abortEarly: true });
  if (!checked.success) throw misuse(op, checked.issues[0]);
  // Each schema's output is its own operation's argument; over a union of operations the compiler can't see that.
  const call = operations[op].bind(operations) as (arg: unknown) => Promise<unknown>;
  return call(checked.output);
}

function isOperation(op: string): op is keyof Operations {
  return Object.hasOwn(schemas, op);
}

function misuse(op: string, issue: v.BaseIssue<unknown>): AppshotError {
  const field = v.getDotPath(issue)?.replace(/\.\d+$/, '') ?? 'the request';
  const message = issue.kind === 'schema' && issue.expected === 'never' ? 'is not known' : issue.message;
  // Text speaks for itself; of anything else the field's name says more.
  const given = typeof issue.input === 'string' && issue.input !== '' ? `'${issue.input.slice(0, 80)}'` : field;
  return new AppshotError('misuse', op, `${given} ${message}`);
}

/** What a person is told of a failure; what is no AppshotError is a defect or the system's own error. */
export function errorBody(op: string, thrown: unknown, log: string): ErrorBody {
  if (thrown instanceof AppshotError) return { ...thrown.toJSON(), ...(thrown.stack === undefined ? {} : { stack: thrown.stack }) };
  const error: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown));
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return {
    code: full ? 'no-space' : 'failed',
    what: op,
    why: inWords(error),
    next: full ? 'free some room and try again' : `see ${log}`,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}

/** `PATH: no space left on device` rather than `ENOSPC: no space left on device, mkdir 'PATH'`. */
function inWords(error: NodeJS.ErrnoException): string {
  const words = (error.errno === undefined ? error.message : systemWords(error)).split('\n')[0] ?? '';
  return `${error.path === undefined ? '' : `${error.path}: `}${words === '' ? 'no reason given' : words}`;
}
