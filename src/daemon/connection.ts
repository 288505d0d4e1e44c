import { createConnection, type Socket } from 'node:net';
import { AppshotError } from '../errors.ts';
import { systemWords } from '../system-error.ts';
import { LineSplitter, type Answer, type ErrorBody } from './protocol.ts';

/** What connect says where nobody listens: no socket, a dead one's, or no place for one. */
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTDIR', 'ENOTSOCK']);

interface Waiting {
  readonly op: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One connection to the daemon. Requests may overlap. */
export class Connection {
  readonly #socket: Socket;
  readonly #log: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lines = new LineSplitter();
  #next = 1;
  #closed = false;

  private constructor(socket: Socket, log: string) {
    this.#socket = socket;
    this.#log = log;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.#read(chunk);
    });
    socket.on('error', () => {
      this.#end();
    });
    socket.on('close', () => {
      this.#end();
    });
  }

  /**
   * Null when nobody listens there. `log` is named to a person when the daemon goes away in the middle of a call.
   * Throws AppshotError `permission` when the socket belongs to somebody else.
   */
  static open(path: string, log: string): Promise<Connection | null> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      const failed = (error: NodeJS.ErrnoException): void => {
        if (NOBODY.has(error.code ?? '')) resolve(null);
        else reject(refused(path, error));
      };
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        resolve(new Connection(socket, log));
      });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws the operation's AppshotError, or `gone` when the daemon goes away meanwhile. */
  request(op: string, arg: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#gone(op));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { op, resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, op, arg })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #read(chunk: string): void {
    for (const line of this.#lines.push(chunk)) this.#answer(JSON.parse(line) as Answer);
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting.reject(revive(answer.error));
    else waiting.resolve(answer.result);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone(waiting.op));
    this.#waiting.clear();
  }

  #gone(op: string): AppshotError {
    return new AppshotError('gone', op, 'the daemon went away before it answered', `see ${this.#log}`);
  }
}

function revive(body: ErrorBody): AppshotError {
  const error = AppshotError.fromJSON(body);
  if (body.stack !== undefined) error.stack = `${error.stack ?? ''}\nin the daemon: ${body.stack}`;
  return error;
}

function refused(path: string, error: NodeJS.ErrnoException): AppshotError {
  const options = { cause: error };
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return new AppshotError(
      'permission',
      'reach the daemon',
      `${path} belongs to another user`,
      'set APPSHOT_HOME to a directory of your own',
      options,
    );
  return new AppshotError('failed', 'reach the daemon', `connect ${path}: ${systemWords(error)}`, null, options);
}
