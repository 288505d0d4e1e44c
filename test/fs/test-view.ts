import { chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ViewServer } from '../../fs/view-server.ts';
import { byKey, ControlLine } from '../../native/control.ts';
import { removeAll } from '../support/remove.ts';

export type Way = 'log' | 'times' | 'notes' | 'none';

/** One view with a server of its own, without instances: it can be sealed and mounted again, and its server killed. */
export class TestView {
  /** A directory of the view: its root has mount points of its own. */
  readonly work: string;
  readonly #at: string;
  readonly #home: string;
  readonly #server: ViewServer;
  readonly #layers: string[] = [];
  readonly #live: boolean;
  #upper: string;
  #uppers = 0;

  private constructor(home: string, live: boolean) {
    this.#live = live;
    this.#home = home;
    this.#at = join(home, 'view');
    this.work = join(this.#at, 'work');
    chmodSync(home, 0o711); // others' processes work in the view too
    mkdirSync(this.#at);
    this.#layers.push(this.#directory('bottom'));
    this.#upper = this.#directory('upper-0');
    this.#server = new ViewServer(join(home, 'sock'), join(home, 'state'), join(home, 'log'));
  }

  /**
   * `passthrough` off: every read and write comes to the server, as on older kernels. `way`: how it is to know what is written to
   * files that were copied ahead of a seal, as far as the machine has that. `more`: for the server's environment.
   * `within`: where its directory is made. `live`: others may change the lowest layer meanwhile.
   */
  static async mount(
    passthrough: boolean,
    way: Way = 'log',
    more: Readonly<Record<string, string>> = {},
    within = tmpdir(),
    live = false,
  ): Promise<TestView> {
    const settings = { APPSHOT_PASSTHROUGH: passthrough ? '1' : '0', APPSHOT_PRE_COPY: way, ...more };
    const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, settings);
    try {
      const view = new TestView(mkdtempSync(join(within, 'appshot-view-')), live);
      if (live) mkdirSync(view.lowest(''));
      await view.#mount();
      if (!live) mkdirSync(view.work);
      return view;
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  }

  async remount(): Promise<void> {
    await this.#server.unmount('v');
    await this.#mount();
  }

  /** Today's upper becomes a layer. */
  async seal(): Promise<{ copiedBytes: number }> {
    const upper = this.#directory(`upper-${++this.#uppers}`);
    const sealed = await this.#server.seal('v', upper);
    this.#layers.unshift(this.#upper);
    this.#upper = upper;
    await this.#server.dropCopies('v');
    return sealed;
  }

  /** What the next seal will need is copied ahead, in the way that is told. Nothing may be written meanwhile. */
  async preCopy(): Promise<string> {
    const { pause, way } = await this.#server.preCopy('v');
    if (pause) await this.#server.preCopy('v', true);
    return way;
  }

  /** How many requests `work` makes the kernel send. */
  async asked(work: () => void | Promise<void>): Promise<number> {
    const before = await this.#server.requests('v');
    await work();
    return (await this.#server.requests('v')) - before;
  }

  /** Where a file of the working directory lies in the private layer. */
  upper(name: string): string {
    return join(this.#upper, 'work', name);
  }

  /** Where a file of the working directory lies in the lowest layer. */
  lowest(name: string): string {
    return join(this.#layers.at(-1) ?? '', 'work', name);
  }

  /** Where a file of the working directory lies in the layer that was sealed last. */
  sealed(name: string): string {
    return join(this.#layers[0] ?? '', 'work', name);
  }

  /** What the server says of the view under one key. */
  async told(key: string): Promise<number> {
    const line = await ControlLine.connect(join(this.#home, 'sock'));
    try {
      return Number(byKey(await line.request('stat', ['aid=v'])).get(key)?.[0]);
    } finally {
      line.close();
    }
  }

  /** Memory of the server, with what outlives it, KiB. */
  memory(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.#pid()}/status`, 'latin1'))?.[1]);
  }

  /** The server is killed. Resolves when its keeper has started another: control requests reach nobody before. */
  async kill(): Promise<void> {
    const was = this.#pid();
    process.kill(was, 'SIGKILL');
    for (let tries = 0; tries < 500 && this.#pid() === was; tries++) await sleep(5);
  }

  async close(): Promise<void> {
    await this.#server.unmount('v');
    await this.#server.quit();
    this.#server.close();
    removeAll(this.#home);
  }

  #pid(): number {
    const text = readFileSync(join(this.#home, 'sock.pid'), 'latin1');
    if (!/^[1-9]\d*\n$/.test(text)) throw new Error(`the server's pid file holds ${JSON.stringify(text)}`);
    return Number(text);
  }

  #directory(name: string): string {
    const path = join(this.#home, name);
    mkdirSync(path);
    return path;
  }

  async #mount(): Promise<void> {
    await this.#server.mount({
      aid: 'v',
      at: this.#at,
      upper: this.#upper,
      layers: this.#layers,
      live: this.#live,
      masks: [],
      injected: [],
      shared: [],
      variables: [],
      aliases: [],
      links: [],
    });
  }
}
