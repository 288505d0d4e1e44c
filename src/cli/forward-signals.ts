import type { Cli } from './cli.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Signals that this process gets go to the instance instead, those that come before it has a name too. */
export class SignalForwarder {
  readonly #cli: Cli;
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  #aid: string | null = null;
  #early: NodeJS.Signals[] = [];

  constructor(cli: Cli) {
    this.#cli = cli;
    for (const signal of FORWARDED) {
      const handler = (): void => {
        this.send(signal);
      };
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
  }

  started(aid: string): void {
    this.#aid = aid;
    for (const signal of this.#early.splice(0)) this.send(signal);
  }

  send(signal: NodeJS.Signals): void {
    if (this.#aid === null) {
      this.#early.push(signal);
      return;
    }
    // Whether it has ended meanwhile is told by its exit code.
    this.#cli.ops.kill({ aids: [this.#aid], signal }).catch(() => undefined);
  }

  close(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }
}
