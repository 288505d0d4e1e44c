import { createConnection, type Socket } from 'node:net';

/** A connection to a server that speaks in text: what is sent, and what must come back before the next is sent. */
export class Talk {
  readonly #socket: Socket;
  #heard = '';
  #closed: Error | null = null;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#heard += text;
      this.#wake();
    });
    const end = (error?: Error): void => {
      this.#closed ??= error ?? new Error(`the connection was closed after ${JSON.stringify(this.#heard)}`);
      this.#wake();
    };
    socket.on('error', end);
    socket.on('close', () => {
      end();
    });
  }

  static connect(address: string): Promise<Talk> {
    const [host = '', port = ''] = address.split(':');
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host, port: Number(port), noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Talk(socket));
      });
    });
  }

  /** Sends, and waits for an answer that matches: the match, and what was heard up to its end is forgotten. */
  async ask(text: string, answer: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    this.#socket.write(text, 'latin1');
    const until = Date.now() + limitMs;
    for (;;) {
      const found = answer.exec(this.#heard);
      if (found !== null) {
        this.#heard = this.#heard.slice(found.index + found[0].length);
        return found;
      }
      if (this.#closed !== null) throw this.#closed;
      if (Date.now() > until) throw new Error(`no answer ${String(answer)} to ${JSON.stringify(text)} but ${JSON.stringify(this.#heard)}`);
      await this.#something(until - Date.now());
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #something(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(limitMs, 1));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** One question on a connection of its own. */
export async function askOnce(address: string, text: string, answer: RegExp): Promise<RegExpExecArray> {
  const talk = await Talk.connect(address);
  try {
    return await talk.ask(text, answer);
  } finally {
    talk.close();
  }
}
