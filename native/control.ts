import { createConnection, type Socket } from 'node:net';

/** What a native program refused, with its errno and its own words. */
export class ControlError extends Error {
  readonly errno: number;
  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

const escapes: Record<string, string> = { '%': '%25', '\t': '%09', '\n': '%0A', '\0': '%00' };
const escapeField = (field: string): string => field.replace(/[%\t\n\0]/g, (c) => escapes[c] ?? c);
const unescapeField = (field: string): string =>
  field.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

interface Waiting {
  resolve(fields: string[]): void;
  reject(error: Error): void;
}

/** One connection to a native program that speaks control lines (native/README.md). Requests may overlap. */
export class ControlLine {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #rest = '';
  #ended: Error | null = null;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.#read(chunk);
    });
    socket.on('error', (error) => {
      this.#end(error);
    });
    socket.on('close', () => {
      this.#end(new Error(`${path} closed the connection`));
    });
    socket.unref();
  }

  /** Throws what connect throws: ENOENT or ECONNREFUSED when nobody listens. */
  static connect(path: string): Promise<ControlLine> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new ControlLine(socket, path));
      });
    });
  }

  get closed(): boolean {
    return this.#ended !== null;
  }

  /** The fields after `ok`. Throws ControlError for `err`, an Error when the program goes away meanwhile. */
  request(verb: string, fields: readonly string[] = []): Promise<string[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#socket.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write([String(id), verb, ...fields].map(escapeField).join('\t') + '\n');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#answer(line.split('\t').map(unescapeField));
  }

  #answer([id, outcome, ...fields]: string[]): void {
    const waiting = this.#waiting.get(Number(id));
    if (waiting === undefined) return;
    this.#waiting.delete(Number(id));
    if (this.#waiting.size === 0) this.#socket.unref();
    if (outcome === 'ok') waiting.resolve(fields);
    else waiting.reject(new ControlError(Number(fields[0] ?? 0), fields[1] ?? 'no reason given'));
  }

  #end(error: Error): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

/** `key=value` fields by key; a key may come more than once. */
export function byKey(fields: readonly string[]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const field of fields) {
    const at = field.indexOf('=');
    const key = at < 0 ? field : field.slice(0, at);
    map.set(key, [...(map.get(key) ?? []), at < 0 ? '' : field.slice(at + 1)]);
  }
  return map;
}
