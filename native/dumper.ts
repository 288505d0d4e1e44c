import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ControlError } from './control.ts';
import { programs } from './programs.ts';
import { Silence } from './silence.ts';

export interface DumpOrder {
  /** Host pid of the instance's init. */
  readonly init: number;
  /** Empty directory that receives `records` and `pages`. */
  readonly out: string;
  readonly main: number;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly table: string;
  readonly layers: readonly string[];
  /** What every view has beside its layers, and the host's file that it is. */
  readonly injected: readonly (readonly [path: string, hostFile: string])[];
  readonly parents: readonly { readonly id: string; readonly pages: string }[];
  /** Evaluated path prefixes and the pre-customised form that the image keeps. */
  readonly custom: readonly (readonly [evaluated: string, precustomised: string])[];
  /** Whether the processes are ended (a snapshot) rather than resumed (a commit). */
  readonly end: boolean;
  /** With `end`: where a holder of the sockets that lead to outside is to listen. */
  readonly hold?: string;
  readonly limitMs: number;
}

export interface DumpResult {
  readonly processes: number;
  readonly threads: number;
  readonly resources: number;
  readonly bytes: number;
  readonly dumpedBytes: number;
  readonly frozenMs: number;
}

function words(order: DumpOrder): string[] {
  return [
    `init=${order.init}`,
    `out=${order.out}`,
    `main=${order.main}`,
    `stdin=${order.stdin}`,
    `stdout=${order.stdout}`,
    `stderr=${order.stderr}`,
    `table=${order.table}`,
    `end=${order.end ? 1 : 0}`,
    `limit=${order.limitMs}`,
    ...(order.hold === undefined ? [] : [`hold=${order.hold}`]),
    ...order.layers.map((layer) => `layer=${layer}`),
    ...order.injected.map(([path, file]) => `injected=${path}=${file}`),
    ...order.parents.map((parent) => `parent=${parent.id}=${parent.pages}`),
    ...order.custom.map(([from, to]) => `custom=${from}=${to}`),
  ];
}

/** What the asker does at the dumper's steps; when one of them throws, every process is resumed and no image is left. */
export interface DumpSteps {
  /** Between the last suspension and the resume. */
  frozen(): Promise<void>;
  /** With `end`: the image is whole, and the processes are still there. */
  written?(): Promise<void>;
}

/**
 * FIG. 5: freezes an instance and writes its image. Throws ControlError with the dumper's words; ETIMEDOUT: it hung, and was ended, which lets
 * the processes go on as they were. Only when they are being ended themselves there is no way back, and it is waited for.
 */
export async function dump(order: DumpOrder, steps: DumpSteps): Promise<DumpResult> {
  const child = spawn(programs.dump, words(order), { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const errors = collect(child.stderr);
  const ended = endOf(child);
  const silence = new Silence(child, join(order.out, 'pages'));
  child.stdin.on('error', () => undefined);
  let frozenMs = 0;
  let done: DumpResult | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const [event = '', ...rest] = line.split(' ');
    if (event === 'error') throw await failure(child, ended, Number(rest[0]), rest.slice(1).join(' '));
    if (event === 'frozen') await answer(child, ended, silence, 'resume', () => steps.frozen());
    if (event === 'written') await answer(child, ended, silence, 'end', async () => steps.written?.());
    if (event === 'resumed') frozenMs = figure(rest, 'us') / 1000;
    if (event === 'done') done = result(rest, frozenMs);
  }
  child.stdin.end();
  const how = await ended;
  if (done === null) throw unfinished(silence, how, errors.text);
  return done;
}

/** All processes of an instance stand still at once for a moment, and go on. Throws ControlError when they can't be brought to. */
export async function standStill(init: number, limitMs: number): Promise<void> {
  const child = spawn(programs.dump, [`init=${init}`, 'pause=1', `limit=${limitMs}`], { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const errors = collect(child.stderr);
  const ended = endOf(child);
  const silence = new Silence(child, null);
  let paused = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const [event = '', ...rest] = line.split(' ');
    if (event === 'error') throw await failure(child, ended, Number(rest[0]), rest.slice(1).join(' '));
    if (event === 'paused') paused = true;
  }
  const how = await ended;
  if (!paused) throw unfinished(silence, how, errors.text);
}

const ETIMEDOUT = 110;

/** Its end came before its last word. */
export class DumperDied extends ControlError {}

function unfinished(silence: Silence, how: string, errors: string): DumperDied {
  if (silence.lasted) return new DumperDied(ETIMEDOUT, silence.words);
  return new DumperDied(0, `the dumper did not finish: ${how}${errors === '' ? '' : `: ${errors.trim()}`}`);
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function endOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(signal === null ? `it ended with ${code ?? '?'}` : `it was ended by ${signal}`);
    });
  });
}

async function answer(
  child: Child,
  ended: Promise<string>,
  silence: Silence,
  word: 'resume' | 'end',
  work: () => Promise<void>,
): Promise<void> {
  silence.end(); // it waits for us
  try {
    await work();
  } catch (error) {
    silence.begin();
    child.stdin.end('abort\n');
    await ended;
    throw error;
  }
  if (word === 'resume') silence.begin();
  child.stdin.write(`${word}\n`);
}

async function failure(child: Child, ended: Promise<string>, errno: number, message: string): Promise<ControlError> {
  child.stdin.end();
  await ended;
  return new ControlError(errno, message);
}

function collect(stream: Readable): { text: string } {
  const kept = { text: '' };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    kept.text = (kept.text + chunk).slice(-2000);
  });
  return kept;
}

const figure = (fields: readonly string[], key: string): number =>
  Number(fields.find((field) => field.startsWith(`${key}=`))?.slice(key.length + 1) ?? 0);

const result = (fields: readonly string[], frozenMs: number): DumpResult => ({
  processes: figure(fields, 'processes'),
  threads: figure(fields, 'threads'),
  resources: figure(fields, 'resources'),
  bytes: figure(fields, 'bytes'),
  dumpedBytes: figure(fields, 'dumped'),
  frozenMs,
});
