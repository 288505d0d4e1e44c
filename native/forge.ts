import { byKey } from './control.ts';
import { programs } from './programs.ts';
import { ServerProgram } from './server-program.ts';
import { Turns } from './turns.ts';

/** Orders that the forge carries out at once, of the 128 that it has places for: what it holds for later takes places too. */
const MOST_ORDERS = 48;

/** What every instance is made with: its name, mounted view and files, all host paths. */
interface InstanceOrder {
  readonly aid: string;
  readonly view: string;
  readonly table: string;
  readonly status: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LaunchOrder extends InstanceOrder {
  readonly cwd: string;
  readonly env: readonly string[];
  readonly command: readonly string[];
  readonly mode: 'namespace' | 'preload';
}

export interface RestoreOrder extends InstanceOrder {
  readonly mode: 'namespace' | 'preload';
  readonly records: string;
  /** Pages files in the order of the image's RECORD_PAGES ids. */
  readonly pages: readonly string[];
  /** RECORD_FILE id to the host path it may be mapped from directly. */
  readonly direct: readonly (readonly [id: number, path: string])[];
  /** Path prefixes as stored in the image to those of this instance. */
  readonly renames: readonly (readonly [from: string, to: string])[];
  /** Pages to copy, and to map, ahead: `VPID:START:LENGTH`, the last two hexadecimal. */
  readonly written: readonly string[];
  readonly touched: readonly string[];
  /** Where the sockets of a suspended instance are kept; nobody need be there. */
  readonly kept: string | null;
  readonly timeoutMs: number;
}

export interface Launched {
  readonly init: number;
  readonly main: number;
  readonly system: number;
}
/** An instance in synchronized wait: restored whole, and not one instruction further. */
export type Held = Omit<Restored, 'microseconds'>;
export interface Restored {
  readonly init: number;
  readonly main: number;
  readonly pids: readonly { virtual: number; system: number }[];
  readonly ports: readonly { virtual: number; system: number }[];
  readonly microseconds: number;
}

const pair = (text: string): { virtual: number; system: number } => {
  const [virtual, system] = text.split(':').map(Number);
  return { virtual: virtual ?? 0, system: system ?? 0 };
};

/** The store's forge (native/checkpoint/forge): makes instances; outlives the daemon. Methods throw ControlError. */
export class Forge {
  readonly #program: ServerProgram;
  readonly #orders = new Turns(MOST_ORDERS);

  constructor(socket: string, state: string, log: string) {
    this.#program = new ServerProgram(programs.forge, socket, state, log);
  }

  /** FIG. 10, step 516: launches the application in namespaces of its own. ENOENT and EACCES are the exec's. */
  async launch(order: LaunchOrder): Promise<Launched> {
    const fields = [
      `aid=${order.aid}`,
      ...common(order),
      `cwd=${order.cwd}`,
      `mode=${order.mode}`,
      ...order.env.map((entry) => `env=${entry}`),
      ...order.command.map((word) => `arg=${word}`),
    ];
    const answer = byKey(await this.#ordered('launch', fields));
    return { init: number(answer, 'init'), main: number(answer, 'main'), system: number(answer, 'system') };
  }

  /** FIG. 6: restores an image. On failure nothing of it is left. */
  async restore(order: RestoreOrder): Promise<Restored> {
    return restored(await this.#ordered('restore', restoreFields(order)));
  }

  /**
   * FIG. 6 up to step 328: all processes are there and wait. What is held ends with this connection, or when its init is killed.
   * On failure nothing of it is left.
   */
  async hold(order: RestoreOrder): Promise<Held> {
    return restored(await this.#ordered('restore', [...restoreFields(order), 'hold=1']));
  }

  /** FIG. 6, step 332, for what is held. ESRCH: it is not there any more; on any failure nothing of it is left. */
  async resume(init: number): Promise<{ microseconds: number }> {
    const answer = byKey(await this.#program.request('resume', [`init=${init}`]));
    return { microseconds: number(answer, 'us') };
  }

  #ordered(verb: string, fields: readonly string[]): Promise<string[]> {
    return this.#orders.take(() => this.#program.request(verb, fields));
  }

  quit(): Promise<void> {
    return this.#program.quit();
  }
  close(): void {
    this.#program.close();
  }
}

const number = (answer: Map<string, string[]>, key: string): number => Number(answer.get(key)?.[0] ?? 0);

const restoreFields = (order: RestoreOrder): string[] => [
  `aid=${order.aid}`,
  ...common(order),
  `mode=${order.mode}`,
  `records=${order.records}`,
  ...order.pages.map((file) => `pages=${file}`),
  ...order.direct.map(([id, path]) => `direct=${id}=${path}`),
  ...order.renames.map(([from, to]) => `rename=${from}=${to}`),
  ...order.written.map((range) => `written=${range}`),
  ...order.touched.map((range) => `touched=${range}`),
  ...(order.kept === null ? [] : [`kept=${order.kept}`]),
  `timeout=${order.timeoutMs}`,
];

function restored(fields: readonly string[]): Restored {
  const answer = byKey(fields);
  return {
    init: number(answer, 'init'),
    main: number(answer, 'main'),
    microseconds: number(answer, 'us'),
    pids: (answer.get('pid') ?? []).map(pair).sort((a, b) => a.virtual - b.virtual),
    ports: (answer.get('port') ?? []).map(pair),
  };
}

const common = (o: InstanceOrder): string[] => [
  `view=${o.view}`,
  `table=${o.table}`,
  `status=${o.status}`,
  `stdin=${o.stdin}`,
  `stdout=${o.stdout}`,
  `stderr=${o.stderr}`,
];
