import { readFileSync } from 'node:fs';
import { bad, good, type Check } from './check.ts';

const PARAMETER = '/sys/module/haltpoll/parameters/guest_halt_poll_ns';

/**
 * A processor of a virtual machine that sleeps takes some 50 microseconds to be woken, and a view is asked and answers some ten
 * thousand times a second: where the guest polls before it sleeps, small files take a fraction of the time (docs/BENCHMARKS.md).
 */
export const idleProcessors: Check = () => {
  const polled = pollTime();
  if (polled === null) return good('idle processors', 'woken as this machine does it');
  if (polled > 0) return good('idle processors', `polled for ${polled / 1000} us before they sleep`);
  return bad(
    'idle processors',
    'they sleep at once, and to wake one of a virtual machine is slow: small files in a view take several times as long',
    `echo 200000 > ${PARAMETER}`,
  );
};

/** Null where the kernel has no such setting. */
function pollTime(): number | null {
  try {
    return Number(readFileSync(PARAMETER, 'latin1'));
  } catch {
    return null;
  }
}
