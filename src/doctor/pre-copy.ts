import { programs } from '../../native/programs.ts';
import type { DoctorRow } from '../types.ts';
import { attempt } from '../attempt.ts';
import { bad, good, type Check, type KernelVersion } from './check.ts';

const CHECK = 'copying ahead';

/** How a commit knows what is written to open files once they are copied ahead of its freeze (native/fuse/pre-copy.h). */
export const copyingAhead: Check = async ({ kernel, capabilities }) => {
  if (!kernel.atLeast(6, 9) || !capabilities.has('CAP_SYS_ADMIN'))
    return good(CHECK, "what is written to open files goes through the view's process, which copies it again in a commit's freeze");
  return verdict(kernel, await attempt(programs.view, ['--dirty-log']));
};

/** `lacking`: why there is no log of dirtied pages; null when there is one. */
export function verdict(kernel: KernelVersion, lacking: string | null): DoctorRow {
  if (lacking === null)
    return good(
      CHECK,
      'the kernel tells which pages of open files are dirtied (BPF): on ext4 they alone are copied in the freeze of a commit',
    );
  const remedy = 'run the daemon as root in the initial user namespace, on a kernel with BPF and its types (/sys/kernel/btf/vmlinux)';
  return kernel.atLeast(6, 13)
    ? bad(CHECK, `no log of dirtied pages (${lacking}): an open file whose change time moved is copied in the freeze of a commit`, remedy)
    : bad(
        CHECK,
        `no log of dirtied pages (${lacking}), and change times are too coarse: open files are copied in the freeze of a commit`,
        remedy,
      );
}
