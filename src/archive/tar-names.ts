import { extract, type Header } from 'tar-stream';

/** What a tar names, read beside the tar that unpacks it. Paths as walk-layer.ts has them. */
export class TarNames {
  /** Hard links in their order. */
  readonly links: { readonly path: string; readonly target: string }[] = [];
  readonly directories = new Set<string>();
  readonly #reader = extract({ allowUnknownFormat: true } as object);
  #failed = false;

  constructor() {
    this.#reader.on('entry', ({ type, name, linkname }: Header, data, next) => {
      if (type === 'link' && linkname) this.links.push({ path: plain(name), target: plain(linkname) });
      else if (type === 'directory') this.directories.add(plain(name));
      data.on('end', () => {
        next();
      });
      data.resume();
    });
    // What it can't read, tar says better.
    this.#reader.on('error', () => {
      this.#failed = true;
    });
  }

  async *passing(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of tar) {
      if (!this.#failed && !this.#reader.write(chunk)) await this.#room();
      yield chunk;
    }
    if (!this.#failed) await this.#end();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#reader.once('drain', resolve);
      this.#reader.once('close', resolve);
    });
  }

  #end(): Promise<void> {
    return new Promise((resolve) => {
      this.#reader.once('close', resolve);
      this.#reader.end(() => undefined);
    });
  }
}

/** Names that are no UTF-8 are not found again. */
const plain = (name: string): string =>
  Buffer.from(
    name
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  ).toString('latin1');
