import { statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { RunOptions } from '../types.ts';
import type { Cli } from './cli.ts';
import { Follower, writer } from './follow.ts';
import { SignalForwarder } from './forward-signals.ts';
import { sayNotes } from './notes.ts';
import { hasInput, StdinFifo } from './stdin-fifo.ts';
import { waitEnd } from './wait-end.ts';

/**
 * Runs an instance as if it were this process: its streams, its signals, its exit code. It is the caller's to destroy;
 * what stood in its log before (`logged`) is not shown again.
 */
export async function runInForeground(cli: Cli, options: RunOptions, logged: LogSizes): Promise<{ aid: string; code: number }> {
  const signals = new SignalForwarder(cli);
  const fifo = hasInput() ? StdinFifo.make() : null;
  try {
    const started = await cli.ops.run({ ...options, ...(fifo === null ? {} : { stdin: fifo.path }) });
    const { aid } = started;
    signals.started(aid);
    if (cli.json) cli.say(JSON.stringify(started));
    sayNotes(cli, [started], ({ aid }) => aid);
    fifo?.feed(cli.io.stdin);
    const ended = waitEnd(cli, aid);
    const followers = await follow(cli, aid, logged, signals);
    try {
      return { aid, code: await ended };
    } finally {
      await Promise.all(followers.map((each) => each.finish()));
    }
  } finally {
    fifo?.close();
    signals.close();
  }
}

export interface LogSizes {
  readonly stdout: number;
  readonly stderr: number;
}

async function follow(cli: Cli, aid: string, logged: LogSizes, signals: SignalForwarder): Promise<Follower[]> {
  const logs = await cli.ops.logs({ aid });
  const onto = (stream: Writable): ((chunk: Buffer) => Promise<void>) => {
    // Nobody reads any more: in a pipeline the application itself would get this signal.
    stream.on('error', () => {
      signals.send('SIGPIPE');
    });
    return writer(stream);
  };
  return Promise.all([
    Follower.start(logs.stdout, logged.stdout, onto(cli.io.stdout)),
    Follower.start(logs.stderr, logged.stderr, onto(cli.io.stderr)),
  ]);
}

/** How much an instance that is there already has written; null when there is none of that name. */
export async function logSizes(cli: Cli, aid: string): Promise<LogSizes | null> {
  const logs = await cli.ops.logs({ aid }).catch(() => null);
  const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return logs === null ? null : { stdout: size(logs.stdout), stderr: size(logs.stderr) };
}
