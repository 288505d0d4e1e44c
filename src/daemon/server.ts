import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { withCallContext, type CallContext } from '../call-context.ts';
import type { StorePaths } from '../paths.ts';
import type { Operations } from '../types.ts';
import { dispatch, errorBody } from './dispatch.ts';
import { LineSplitter, type Answer, type Request } from './protocol.ts';
import { checkSocketPath } from './socket-path.ts';

export interface ServerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServeOptions {
  readonly paths: StorePaths;
  readonly operations: Operations;
  readonly log: ServerLog;
  /** Called once a `shutdown` has been answered. */
  readonly onShutdown: () => void;
}

/** The daemon's door: every client's requests, checked, carried out and answered. */
export class DaemonServer {
  readonly #options: ServeOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ServeOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
  }

  /** Listens at paths.socket, mode 0600. The caller holds the store's lock, so a socket that is there is a dead one's. */
  static async listen(options: ServeOptions): Promise<DaemonServer> {
    const { socket } = options.paths;
    checkSocketPath(socket);
    rmSync(socket, { force: true });
    const server = new DaemonServer(options);
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#server.once('error', reject);
        server.#server.listen(socket, resolve);
      });
    } finally {
      process.umask(before);
    }
    chmodSync(socket, 0o600);
    return server;
  }

  /** Stops listening and hangs up on everybody; removes the socket. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  #accept(socket: Socket): void {
    const lines = new LineSplitter();
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
    });
    socket.on('data', (chunk: string) => {
      const context = { arrived: performance.now() };
      try {
        for (const line of lines.push(chunk)) void this.#serve(socket, line, context);
      } catch {
        socket.destroy();
      }
    });
  }

  async #serve(socket: Socket, line: string, context: CallContext): Promise<void> {
    const request = parse(line);
    if (request === null) {
      socket.destroy();
      return;
    }
    const answer = await this.#answer(request, context);
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
    if (request.op === 'shutdown' && 'result' in answer) this.#options.onShutdown();
  }

  async #answer({ id, op, arg }: Request, context: CallContext): Promise<Answer> {
    const { operations, log, paths } = this.#options;
    try {
      const result = await withCallContext(context, () => dispatch(operations, op, arg));
      return { id, result: result ?? null };
    } catch (error) {
      const body = errorBody(op, error, paths.log);
      // A request that was refused is the asker's business; a stack is for what may be ours.
      if (body.code === 'failed' || body.code === 'corrupt')
        log.error({ op, code: body.code, stack: body.stack }, `${body.what}: ${body.why}`);
      else log.info({ op, code: body.code }, `${body.what}: ${body.why}`);
      return { id, error: body };
    }
  }
}

/** Null for what no client of ours sends. */
function parse(line: string): Request | null {
  try {
    const value = JSON.parse(line) as Partial<Request> | null;
    if (value === null || typeof value.id !== 'number' || typeof value.op !== 'string') return null;
    return { id: value.id, op: value.op, arg: value.arg ?? {} };
  } catch {
    return null;
  }
}
