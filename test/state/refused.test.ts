import { existsSync, readFileSync } from 'node:fs';
import { threePhases } from './three-phases.ts';

/** What can't be part of a template: the commit says so, and the application goes on with all that it had. */
threePhases('state/refused', [
  {
    program: 'long-packet-options',
    refused: /a socket sends more than 32 bytes of options with each packet, which can't be part of a template/,
  },
  { program: 'userfaultfd', refused: /kernel object \(\[userfaultfd\]\), which can't be part of a template/ },
  {
    program: 'secret-memory',
    lacks: kernelHas('__x64_sys_memfd_secret') ? null : 'the kernel has no memfd_secret',
    refused: /memory that not even the kernel may read \(memfd_secret\) is in use, which can't be part of a template/,
  },
  { program: 'io-uring', refused: /io_uring ring, which can't be part of a template/ },
  { program: 'seccomp-strict', refused: /process \d+ is in seccomp's strict mode, which can't be part of a template/ },
  { program: 'seccomp-forbidding', refused: /has a seccomp filter that forbids munmap or rt_sigreturn, which can't be part of a template/ },
  { program: 'memory-of-the-restorer', refused: /process \d+ has memory at 4d0004880000, where clones are restored from/ },
  { program: 'memory-like-the-restorer', refused: /process \d+ has memory at 4d0000000000, where clones are restored from/ },
  { program: 'code-like-the-restorer', refused: /process \d+ has memory at 4d00fffff000, where clones are restored from/ },
  { program: 'fanotify', refused: /kernel object \(\[fanotify\]\), which can't be part of a template/ },
  { program: 'lease', refused: /a file with a lease on it, which can't be part of a template/ },
  { program: 'directory-notification', refused: /tells of its changes by signals \(F_NOTIFY\), which can't be part of a template/ },
  { program: 'raw-socket', refused: /a raw socket, which can't be part of a template/ },
  {
    program: 'tun-interface',
    lacks: existsSync('/dev/net/tun') ? null : 'the kernel has no tun interfaces',
    refused: /descriptor \d+ of process \d+ is the device \/.*, which can't be part of a template/,
  },
  { program: 'packet-socket', refused: /a packet socket, which can't be part of a template/ },
  { program: 'socket-ring-mapped', refused: /process \d+ has socket:\[\d+\] mapped, which can't be part of a template/ },
  { program: 'removed-file-large', refused: /a removed file that is still in use, .*, has 5120 MiB: more than can be part of a template/ },
  { program: 'urgent-data', refused: /urgent data waiting, which can't be part of a template/ },
  { program: 'waiting-with-data', refused: /sent bytes over a connection that waits to be accepted/ },
  { program: 'inotify-unread', refused: /has events that its program has not read yet/ },
  { program: 'shared-address-space', refused: /share one memory space, which can't be part of a template/ },
  { program: 'memory-of-a-sibling', refused: /processes \d+ and \d+ share one memory space, which can't be part of a template/ },
  { program: 'shared-descriptor-table', refused: /share one table of descriptors, which can't be part of a template/ },
  { program: 'thread-descriptors', refused: /thread \d+ of process \d+ has descriptors of its own, which can't be part of a template/ },
  {
    program: 'thread-directory',
    refused: /thread \d+ of process \d+ has a working directory of its own, which can't be part of a template/,
  },
  { program: 'thread-network', refused: /thread \d+ of process \d+ has a network namespace of its own, which can't be part of a template/ },
  { program: 'thread-host-name', refused: /thread \d+ of process \d+ has a host name of its own, which can't be part of a template/ },
  { program: 'thread-ipc', refused: /thread \d+ of process \d+ has an IPC namespace of its own, which can't be part of a template/ },
  { program: 'thread-cgroup', refused: /thread \d+ of process \d+ has a cgroup namespace of its own, which can't be part of a template/ },
  {
    program: 'landlocked',
    lacks: kernelHas('landlock_create_ruleset') ? null : 'the kernel has no Landlock',
    refused: /process \d+ is confined by Landlock, which can't be part of a template/,
  },
  { program: 'traced-child', refused: /process \d+ \(traced-child\) is being traced; end its debugger or strace and try again/ },
  { program: 'shown-much', refused: /is a terminal with much output that is not read yet/ },
  { program: 'held-terminal', refused: /is a terminal whose output is held \(\^S\), which can't be part of a template/ },
  { program: 'locked-terminal', refused: /is a terminal whose settings are locked \(TIOCSLCKTRMIOS\), which can't be part of a template/ },
  { program: 'flow-label', refused: /is a socket that has leased a flow label of IPv6, which can't be part of a template/ },
  { program: 'process-keyring', refused: /process \d+ has keys in a keyring of its own, which can't be part of a template/ },
  { program: 'thread-keyring', refused: /process \d+ has keys in a keyring of its own, which can't be part of a template/ },
  {
    program: 'own-mount',
    lacks: kernelHas('__x64_sys_listmount') ? null : 'the kernel does not list mounts (Linux 6.8)',
    refused: /something was mounted at \/var\/tmp\/appshot-mounted-\w+ of the instance since it began, which can't be part of a template/,
  },
  {
    program: 'demanded-keys',
    lacks: kernelHas('tcp_md5_do_add') ? null : 'the kernel signs no segments (CONFIG_TCP_MD5SIG)',
    refused: /is a listener that demands keys \(TCP_MD5SIG\), which can't be part of a template/,
  },
  { program: 'session-keyring', refused: /process \d+ has keys in a session of its own, which can't be part of a template/ },
  { program: 'typed-much', refused: /is a terminal with much input that its program has not read yet/ },
  {
    program: 'own-mount-namespace',
    refused: /process \d+ \(own-mount-names\) has a mount namespace of its own, which can't be part of a template/,
  },
  { program: 'own-process-namespace', refused: /has a process namespace of its own, which can't be part of a template/ },
  { program: 'own-time-namespace', refused: /has a time namespace of its own, which can't be part of a template/ },
  { program: 'own-network-namespace', refused: /has a network namespace of its own, which can't be part of a template/ },
]);

function kernelHas(call: string): boolean {
  try {
    return new RegExp(`^[0-9a-f]+ [tT] .*${call}`, 'm').test(readFileSync('/proc/kallsyms', 'latin1'));
  } catch {
    return false;
  }
}
