/** Where waking a processor is slow, the view server asks the kernel to keep processors awake while it is asked for things, and no longer. */
import test from 'ava';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canKeepAwake, Wakefulness } from '../../src/wakefulness.ts';
import { eventually } from '../support/store.ts';
import { TestView } from './test-view.ts';

const does = canKeepAwake() ? test : test.skip;

/** How long a processor may take to wake, in microseconds, as the kernel has it from all who asked for less. */
function latency(): number {
  const value = Buffer.alloc(4);
  const device = openSync('/dev/cpu_dma_latency', 'r');
  try {
    readSync(device, value, 0, 4, 0);
  } finally {
    closeSync(device);
  }
  return value.readInt32LE();
}

async function awake(): Promise<void> {
  await eventually(() => {
    if (latency() !== 0) throw new Error('nothing keeps processors awake');
  });
}

/** Whatever else this machine does may keep them awake for a while. */
async function asleep(): Promise<void> {
  await eventually(() => {
    if (latency() === 0) throw new Error('something keeps processors awake');
  });
}

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

async function onView(work: (view: TestView) => Promise<void>): Promise<void> {
  const view = await TestView.mount(true);
  try {
    await work(view);
  } finally {
    await view.close();
  }
}

async function asked(view: TestView): Promise<void> {
  const file = join(view.work, 'file');
  writeFileSync(file, 'contents');
  await eventually(() => {
    for (let i = 0; i < 50; i++) readFileSync(file);
    if (latency() !== 0) throw new Error('nothing keeps processors awake');
  });
}

does('a view that is asked one thing after the other keeps processors awake, and lets them sleep after the last', async (t) => {
  await onView(async (view) => {
    await asleep();
    await asked(view);
    await asleep();
  });
  t.pass();
});

does('a server that is killed while it keeps processors awake lets them sleep', async (t) => {
  await onView(async (view) => {
    await asked(view);
    await view.kill();
    await asleep();
    await asked(view);
    await asleep();
  });
  t.pass();
});

does('the daemon keeps them awake for as long as several do what they are for, and for two seconds at most', async (t) => {
  const wakefulness = new Wakefulness();
  try {
    const long = new AbortController();
    const both = [wakefulness.during(() => sleep(200)), wakefulness.during(() => until(long.signal))];
    await awake();
    await both[0];
    await awake();
    await asleep();
    long.abort();
    await both[1];
  } finally {
    wakefulness.close();
  }
  await asleep();
  t.pass();
});
