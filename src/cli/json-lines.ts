import { StringDecoder } from 'node:string_decoder';

/** Turns what a stream of an instance wrote into one JSON object a line. */
export class JsonLines {
  readonly #stream: 'stdout' | 'stderr';
  readonly #print: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(stream: 'stdout' | 'stderr', print: (line: string) => void) {
    this.#stream = stream;
    this.#print = print;
  }

  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end(): void {
    const rest = this.#rest + this.#decoder.end();
    if (rest !== '') this.#line(rest);
    this.#rest = '';
  }

  #line(line: string): void {
    this.#print(JSON.stringify({ stream: this.#stream, line }));
  }
}
