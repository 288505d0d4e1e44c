import { canKeepAwake, processorWaking } from '../wakefulness.ts';
import { bad, good, type Check } from './check.ts';

/**
 * A processor of a virtual machine that sleeps is slow to be woken, and a view is asked and answers some ten thousand times a
 * second: where it looks for work before it sleeps, small files take half the time (docs/BENCHMARKS.md).
 */
export const idleProcessors: Check = () => {
  const waking = processorWaking();
  if (waking === 'polled') return good('idle processors', 'look for work before they sleep');
  if (waking === 'other') return good('idle processors', 'woken as this machine does it');
  if (canKeepAwake()) return good('idle processors', 'kept awake while views are asked and clones are made (/dev/cpu_dma_latency)');
  return bad(
    'idle processors',
    'they sleep at once, and to wake one of a virtual machine is slow: small files in a view take twice as long; /dev/cpu_dma_latency is not to be had',
    'echo 200000 > /sys/module/haltpoll/parameters/guest_halt_poll_ns',
  );
};
