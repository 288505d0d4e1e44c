import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const DEVICE = '/dev/cpu_dma_latency';
const CPUIDLE = '/sys/devices/system/cpu/cpuidle/current_driver';
const POLL_PARAMETER = '/sys/module/haltpoll/parameters/guest_halt_poll_ns';

/** As in native/fuse/wakefulness.cc: all idle processors look for work meanwhile, which is too dear where there are many. */
const MOST_PROCESSORS = 16;
/** What comes right after is most often the first question to what was just made. */
const LINGER_MS = 5;
/** Whatever takes longer doesn't wait for processors to wake. */
const LONGEST_MS = 2000;

/** The kernel's words for: a processor may take this many microseconds to wake. */
const NO_LATENCY = Int32Array.of(0);
const ANY_LATENCY = Int32Array.of(2_000_000_000);

/**
 * How idle processors of this machine wake: `slow` where each is given back to a host at once (a virtual machine under KVM), which
 * makes whatever goes back and forth between processes several times as slow; `polled` where they look for work before.
 */
export function processorWaking(): 'slow' | 'polled' | 'other' {
  if (wordOf(CPUIDLE) !== 'haltpoll') return 'other';
  return wordOf(POLL_PARAMETER) === '0' ? 'slow' : 'polled';
}

/** Opens the device through which the kernel takes requests for wakeful processors (PM QoS); null where nothing is won or allowed. */
function device(): number | null {
  if (process.env['APPSHOT_WAKEFUL'] === '0' || availableParallelism() > MOST_PROCESSORS || processorWaking() !== 'slow') return null;
  try {
    return openSync(DEVICE, 'w');
  } catch {
    return null;
  }
}

/** Whether processors are kept awake on this machine while work goes back and forth, for `appshot doctor`. */
export function canKeepAwake(): boolean {
  const fd = device();
  if (fd !== null) closeSync(fd);
  return fd !== null;
}

/** Keeps processors awake while processes wait for one another. The kernel forgets the request with the descriptor, whatever ends this process. */
export class Wakefulness {
  readonly #device = device();
  #users = 0;
  #resting: NodeJS.Timeout | undefined;

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#device === null) return work();
    this.#begin(this.#device);
    const leave = once(() => {
      this.#end();
    });
    const limit = setTimeout(leave, LONGEST_MS);
    try {
      return await work();
    } finally {
      clearTimeout(limit);
      leave();
    }
  }

  close(): void {
    clearTimeout(this.#resting);
    if (this.#device !== null) closeSync(this.#device);
  }

  #begin(to: number): void {
    const asleep = this.#users === 0 && this.#resting === undefined;
    this.#users++;
    clearTimeout(this.#resting);
    this.#resting = undefined;
    if (asleep) writeSync(to, NO_LATENCY);
  }

  #end(): void {
    if (--this.#users > 0) return;
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      if (this.#device !== null) writeSync(this.#device, ANY_LATENCY);
    }, LINGER_MS);
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function wordOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return null;
  }
}
