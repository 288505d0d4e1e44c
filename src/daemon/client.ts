import { fileURLToPath } from 'node:url';
import type { StorePaths } from '../paths.ts';
import type { Operations } from '../types.ts';
import { checkSocketPath } from './socket-path.ts';
import { Connection } from './connection.ts';

export interface ClientOptions {
  readonly paths: StorePaths;
  readonly env: NodeJS.ProcessEnv;
  /** The program that is started when nobody answers; null: nothing is started. */
  readonly entry?: string | null;
  /** How long a daemon may take to answer, ms. */
  readonly patience?: number;
}

const besideThis = import.meta.url.endsWith('.ts') ? '../../bin/appshotd.ts' : '../../bin/appshotd.js';
export const daemonEntry: string = fileURLToPath(new URL(besideThis, import.meta.url));

/**
 * The daemon as seen by a client: connects on the first request, starts the daemon when nobody answers, and connects
 * again when an earlier one went away. Every call throws AppshotError.
 */
export class Client {
  readonly operations: Operations;
  readonly #options: ClientOptions;
  #connection: Connection | null = null;
  #connecting: Promise<Connection> | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.operations = remoteOperations((op, arg) => this.request(op, arg));
  }

  async request(op: string, arg: unknown): Promise<unknown> {
    return (await this.#connected()).request(op, arg);
  }

  /** A connection to a daemon that runs already, else null; starts nothing. */
  async existing(): Promise<Connection | null> {
    if (this.#connection !== null && !this.#connection.closed) return this.#connection;
    checkSocketPath(this.#options.paths.socket);
    return (this.#connection = await Connection.open(this.#options.paths.socket, this.#options.paths.log));
  }

  close(): void {
    this.#connection?.close();
  }

  #connected(): Promise<Connection> {
    if (this.#connection !== null && !this.#connection.closed) return Promise.resolve(this.#connection);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const existing = await this.existing();
    if (existing !== null) return existing;
    // Loaded only when needed: most commands find a daemon that runs.
    const { startDaemon } = await import('./start.ts');
    const { paths, env, entry = daemonEntry, patience } = this.#options;
    return (this.#connection = await startDaemon({ paths, env, entry, ...(patience === undefined ? {} : { patience }) }));
  }
}

/** Operations whose every call becomes a request: what is possible in process is possible over the socket. */
function remoteOperations(request: (op: string, arg: unknown) => Promise<unknown>): Operations {
  return new Proxy({} as Operations, {
    // `then` must be absent, else awaiting the object would call it.
    get: (_, op) => (typeof op === 'string' && op !== 'then' ? (arg: unknown) => request(op, arg) : undefined),
  });
}
