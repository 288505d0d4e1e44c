import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { Follower, writer } from '../follow.ts';
import { wholeNumber } from '../instance-options.ts';
import { JsonLines } from '../json-lines.ts';
import { tailStart } from '../tail.ts';
import { waitEnd } from '../wait-end.ts';

export const command = defineCommand<{ follow: boolean; tail?: number }>({
  examples: ['appshot logs web', 'appshot logs web -f --tail 10', 'appshot logs web 2>/dev/null'],
  define(command) {
    command
      .argument('<aid>', 'instance')
      .option('-f, --follow', 'go on until it ends', false)
      .option('--tail <lines>', 'the last lines of each stream alone', wholeNumber(0));
  },
  async run(cli, { args: [aid = ''], options: { follow, tail } }) {
    const paths = await cli.ops.logs({ aid });
    const parts = await Promise.all(
      (['stdout', 'stderr'] as const).map(async (stream) => {
        const sink = sinkFor(cli, stream);
        const start = tail === undefined ? 0 : await tailStart(paths[stream], tail);
        return { sink, follower: await Follower.start(paths[stream], start, sink.write) };
      }),
    );
    if (follow) await untilItEnds(cli, aid);
    for (const { follower, sink } of parts) {
      await follower.finish();
      sink.end();
    }
  },
});

interface Sink {
  readonly write: (chunk: Buffer) => Promise<void>;
  readonly end: () => void;
}

function sinkFor(cli: Cli, stream: 'stdout' | 'stderr'): Sink {
  if (!cli.json) return { write: writer(cli.io[stream]), end: () => undefined };
  const lines = new JsonLines(stream, (line) => {
    cli.print(line);
  });
  return {
    write: (chunk) => {
      lines.write(chunk);
      return Promise.resolve();
    },
    end: () => {
      lines.end();
    },
  };
}

/** Its end, or that nobody reads any more. */
async function untilItEnds(cli: Cli, aid: string): Promise<void> {
  const unread = new Promise<void>((resolve) => {
    cli.io.stdout.once('error', () => {
      resolve();
    });
  });
  await Promise.race([waitEnd(cli, aid), unread]);
}
