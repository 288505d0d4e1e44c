import { createConnection, type Socket } from 'node:net';

/** A client of one redis server: sends inline commands, reads RESP. For tests and benchmarks. */
export class Redis {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  readonly #waiting: { resolve(value: Reply): void; reject(error: Error): void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#drain();
    });
    const end = (error?: Error): void => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error ?? new Error('the connection was closed'));
    };
    socket.on('error', end);
    socket.on('close', () => {
      end();
    });
  }

  static connect(address: string): Promise<Redis> {
    const [host = '', port = ''] = address.split(':');
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host, port: Number(port), noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Redis(socket));
      });
    });
  }

  ask(...words: (string | number)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`).join('')}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #drain(): void {
    for (;;) {
      const parsed = parse(this.#buffer, 0);
      if (parsed === null) return;
      this.#buffer = this.#buffer.subarray(parsed.next);
      const waiting = this.#waiting.shift();
      if (parsed.value instanceof Error) waiting?.reject(parsed.value);
      else waiting?.resolve(parsed.value);
    }
  }
}

export type Reply = string | number | null | Reply[] | Error;

function parse(buffer: Buffer, at: number): { value: Reply; next: number } | null {
  const end = buffer.indexOf('\r\n', at);
  if (end < 0) return null;
  const line = buffer.toString('utf8', at + 1, end);
  const next = end + 2;
  switch (String.fromCharCode(buffer[at] ?? 0)) {
    case '+':
      return { value: line, next };
    case '-':
      return { value: new Error(line), next };
    case ':':
      return { value: Number(line), next };
    case '$':
      return bulk(buffer, next, Number(line));
    default:
      return array(buffer, next, Number(line));
  }
}

function bulk(buffer: Buffer, at: number, size: number): { value: Reply; next: number } | null {
  if (size < 0) return { value: null, next: at };
  return buffer.length < at + size + 2 ? null : { value: buffer.toString('utf8', at, at + size), next: at + size + 2 };
}

function array(buffer: Buffer, start: number, count: number): { value: Reply; next: number } | null {
  const values: Reply[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const item = parse(buffer, at);
    if (item === null) return null;
    values.push(item.value);
    at = item.next;
  }
  return { value: values, next: at };
}
