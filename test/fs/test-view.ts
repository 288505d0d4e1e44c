import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ViewServer } from '../../fs/view-server.ts';

/** One view with a server of its own, without instances: it can be sealed and mounted again, and its server killed. */
export class TestView {
  /** A directory of the view: its root has mount points of its own. */
  readonly work: string;
  readonly #at: string;
  readonly #home: string;
  readonly #server: ViewServer;
  readonly #layers: string[] = [];
  #upper: string;
  #uppers = 0;

  private constructor(home: string) {
    this.#home = home;
    this.#at = join(home, 'view');
    this.work = join(this.#at, 'work');
    mkdirSync(this.#at);
    this.#layers.push(this.#directory('bottom'));
    this.#upper = this.#directory('upper-0');
    this.#server = new ViewServer(join(home, 'sock'), join(home, 'state'), join(home, 'log'));
  }

  /** `passthrough` off: every read and write comes to the server, as on older kernels. */
  static async mount(passthrough: boolean): Promise<TestView> {
    const before = process.env['APPSHOT_PASSTHROUGH'];
    process.env['APPSHOT_PASSTHROUGH'] = passthrough ? '1' : '0';
    try {
      const view = new TestView(mkdtempSync(join(tmpdir(), 'appshot-view-')));
      await view.#mount();
      mkdirSync(view.work);
      return view;
    } finally {
      if (before === undefined) delete process.env['APPSHOT_PASSTHROUGH'];
      else process.env['APPSHOT_PASSTHROUGH'] = before;
    }
  }

  async remount(): Promise<void> {
    await this.#server.unmount('v');
    await this.#mount();
  }

  /** Today's upper becomes a layer. */
  async seal(): Promise<void> {
    const upper = this.#directory(`upper-${++this.#uppers}`);
    await this.#server.seal('v', upper);
    this.#layers.unshift(this.#upper);
    this.#upper = upper;
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
    rmSync(this.#home, { recursive: true, force: true });
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
      live: false,
      masks: [],
      injected: [],
      shared: [],
      variables: [],
      aliases: [],
      links: [],
    });
  }
}
