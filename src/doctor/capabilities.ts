import { existsSync, readFileSync } from 'node:fs';
import { bad, good, type Check } from './check.ts';

const AS_ROOT = 'run the daemon as root';

export const sysAdmin: Check = ({ capabilities }) =>
  capabilities.has('CAP_SYS_ADMIN')
    ? good('CAP_SYS_ADMIN', 'mounts and namespaces without a user namespace')
    : bad('CAP_SYS_ADMIN', 'missing: instances live in a user namespace, files are read through the view without passthrough', AS_ROOT);

export const setTid: Check = ({ capabilities }) => {
  const held = (['CAP_CHECKPOINT_RESTORE', 'CAP_SYS_ADMIN'] as const).find((name) => capabilities.has(name));
  return held === undefined
    ? good('set_tid', 'clone3 may choose ids inside the user namespace that instances have then')
    : good('set_tid', `clone3 may choose ids: ${held}`);
};

export const sysResource: Check = ({ capabilities }) =>
  capabilities.has('CAP_SYS_RESOURCE')
    ? good('CAP_SYS_RESOURCE', 'limits can be restored as they were')
    : bad(
        'CAP_SYS_RESOURCE',
        "missing: an application that raised its hard limits above the daemon's is restored with the daemon's",
        'start the daemon with CAP_SYS_RESOURCE, or with limits that suffice (ulimit -H)',
      );

const YAMA = '/proc/sys/kernel/yama/ptrace_scope';

export const ptrace: Check = ({ capabilities }) => {
  const scope = existsSync(YAMA) ? Number(readFileSync(YAMA, 'utf8')) : 0;
  if (scope >= 3)
    return bad(
      'ptrace',
      'kernel.yama.ptrace_scope is 3: nothing can be traced until the next boot',
      'set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d and boot',
    );
  if (scope > 0 && !capabilities.has('CAP_SYS_ADMIN'))
    return good('ptrace', `kernel.yama.ptrace_scope is ${scope}: allowed within a user namespace of one's own, where instances are`);
  if (scope === 0 || capabilities.has('CAP_SYS_PTRACE'))
    return good('ptrace', scope === 0 ? 'not restricted' : `kernel.yama.ptrace_scope is ${scope}, CAP_SYS_PTRACE is there`);
  return bad(
    'ptrace',
    `kernel.yama.ptrace_scope is ${scope}: commit and snapshot can't freeze an application`,
    `sysctl kernel.yama.ptrace_scope=0, or ${AS_ROOT}`,
  );
};

const ACTIONS = '/proc/sys/kernel/seccomp/actions_avail';

export const seccomp: Check = () => {
  const actions = existsSync(ACTIONS) ? readFileSync(ACTIONS, 'utf8').trim().split(' ') : [];
  return actions.includes('trap')
    ? good('seccomp', 'filters can trap madvise and mremap from raw callers')
    : bad(
        'seccomp',
        "no trapping filters: madvise from raw callers (Go, static code) in a clone may see the image's bytes again",
        'use a kernel with CONFIG_SECCOMP_FILTER',
      );
};
