/* syscall(): calls that name or tell an id go through the wrapper of the same name; all others are made as they are, and without the table
 * nothing is looked at. */
#include "preload/id-syscall.h"
#include "preload/mqueue-names.h"
#include "preload/proc.h"
#include "preload/rings.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif

/* Calls that never fail by themselves, so that libc's functions know no error; a filter may give one. */
static long told(const struct call *c) {
  long system = call_plain(c);
  return system > 0 ? pid_shown((pid_t)system) : system;
}

/* What may name a process below /proc. */
static long paths(const struct call *c) {
  const char *first = (const char *)c->a, *second = (const char *)c->b;
  switch (c->number) {
    case SYS_open: return open64(first, (int)c->b, (mode_t)c->c);
    case SYS_creat: return creat64(first, (mode_t)c->b);
    case SYS_openat: return openat64((int)c->a, second, (int)c->c, (mode_t)c->d);
    case SYS_openat2: return call_open_how(c);
    case SYS_stat: return stat(first, (struct stat *)c->b);
    case SYS_lstat: return lstat(first, (struct stat *)c->b);
    case SYS_newfstatat: return fstatat((int)c->a, second, (struct stat *)c->c, (int)c->d);
    case SYS_statx: return statx((int)c->a, second, (int)c->c, (unsigned)c->d, (struct statx *)c->e);
    case SYS_access: return access(first, (int)c->b);
    case SYS_faccessat: return faccessat((int)c->a, second, (int)c->c, 0);
    case SYS_faccessat2: return faccessat((int)c->a, second, (int)c->c, (int)c->d);
    case SYS_chdir: return chdir(first);
    case SYS_getcwd: return proc_cwd_shown((char *)c->a, (size_t)c->b, call_plain(c));
    case SYS_statfs: return statfs(first, (struct statfs *)c->b);
    case SYS_readlink: return readlink(first, (char *)c->b, (size_t)c->c);
    case SYS_getxattr: return getxattr(first, second, (void *)c->c, (size_t)c->d);
    case SYS_lgetxattr: return lgetxattr(first, second, (void *)c->c, (size_t)c->d);
    case SYS_listxattr: return listxattr(first, (char *)c->b, (size_t)c->c);
    case SYS_llistxattr: return llistxattr(first, (char *)c->b, (size_t)c->c);
    case SYS_readlinkat: return readlinkat((int)c->a, second, (char *)c->c, (size_t)c->d);
    default: return call_plain(c);
  }
}

static long processes(const struct call *c) {
  switch (c->number) {
    case SYS_getpid: return getpid();
    case SYS_gettid: return gettid();
    case SYS_getppid: case SYS_getpgrp: case SYS_set_tid_address: return told(c);
    case SYS_getpgid: return getpgid((pid_t)c->a);
    case SYS_getsid: return getsid((pid_t)c->a);
    case SYS_setpgid: return setpgid((pid_t)c->a, (pid_t)c->b);
    case SYS_setsid: return setsid();
    case SYS_kill: return kill((pid_t)c->a, (int)c->b);
    case SYS_tgkill: return tgkill((pid_t)c->a, (pid_t)c->b, (int)c->c);
    case SYS_tkill: return call_tkill(c);
    case SYS_rt_sigqueueinfo: return call_queue_info(c, false);
    case SYS_rt_tgsigqueueinfo: return call_queue_info(c, true);
    case SYS_pidfd_send_signal: return pidfd_send_signal((int)c->a, (int)c->b, (siginfo_t *)c->c, (unsigned)c->d);
    case SYS_wait4: return wait4((pid_t)c->a, (int *)c->b, (int)c->c, (struct rusage *)c->d);
    case SYS_waitid: return waitid((idtype_t)c->a, (id_t)c->b, (siginfo_t *)c->c, (int)c->d);
    case SYS_fork: case SYS_clone: return call_fork_like(c, c->number == SYS_fork ? 0 : (uint64_t)c->a);
    case SYS_clone3: return call_clone3(c);
    case SYS_ptrace: return ptrace((enum __ptrace_request)c->a, (pid_t)c->b, (void *)c->c, (void *)c->d);
    case SYS_kcmp: return call_compared(c);
    case SYS_timer_create: return call_timer_create(c);
    case SYS_rt_sigtimedwait: return call_wait_for_signal(c);
    case SYS_perf_event_open: return call_watched(c);
    default: return paths(c);
  }
}

int capget(struct capability_header *header, void *data);
int capset(struct capability_header *header, void *data);

static long named(const struct call *c) {
  struct mqueue_name own;
  struct call changed = *c;
  const char *system = mqueue_name((const char *)c->a, 0, &own);
  bool noted = system == own.text && c->number == SYS_mq_open && (c->b & O_CREAT) != 0;
  if (noted && !mqueue_note(own.text)) return refused(-ENOSPC);
  changed.a = (long)system;
  long result = call_plain(&changed);
  if (noted && result >= 0) mqueue_note(own.text);
  return result;
}

static long objects(const struct call *c) {
  switch (c->number) {
    case SYS_mq_open: case SYS_mq_unlink: return named(c);
    case SYS_shmget: return shmget((key_t)c->a, (size_t)c->b, (int)c->c);
    case SYS_shmat: return (long)shmat((int)c->a, (const void *)c->b, (int)c->c);
    case SYS_shmctl: return shmctl((int)c->a, (int)c->b, (struct shmid_ds *)c->c);
    case SYS_semget: return semget((key_t)c->a, (int)c->b, (int)c->c);
    case SYS_semop: return semop((int)c->a, (struct sembuf *)c->b, (size_t)c->c);
    case SYS_semtimedop: return semtimedop((int)c->a, (struct sembuf *)c->b, (size_t)c->c, (const struct timespec *)c->d);
    case SYS_semctl: return semctl((int)c->a, (int)c->b, (int)c->c, (void *)c->d);
    case SYS_msgget: return msgget((key_t)c->a, (int)c->b);
    case SYS_msgsnd: return msgsnd((int)c->a, (const void *)c->b, (size_t)c->c, (int)c->d);
    case SYS_msgrcv: return msgrcv((int)c->a, (void *)c->b, (size_t)c->c, c->d, (int)c->e);
    case SYS_msgctl: return msgctl((int)c->a, (int)c->b, (struct msqid_ds *)c->c);
    default: return processes(c);
  }
}

static long translated(const struct call *c) {
  switch (c->number) {
    case SYS_sched_setparam: case SYS_sched_getparam: case SYS_sched_setscheduler: case SYS_sched_getscheduler:
    case SYS_sched_rr_get_interval: case SYS_sched_setaffinity: case SYS_sched_getaffinity: case SYS_sched_setattr:
    case SYS_sched_getattr: case SYS_prlimit64: case SYS_process_vm_readv: case SYS_process_vm_writev: case SYS_pidfd_open:
    case SYS_get_robust_list: case SYS_migrate_pages: case SYS_move_pages: return call_first_is_pid(c);
    case SYS_getpriority: case SYS_setpriority: return call_prioritised(c, 0);
    case SYS_ioprio_get: case SYS_ioprio_set: return call_prioritised(c, 1);
    case SYS_fcntl: return fcntl((int)c->a, (int)c->b, (void *)c->c);
    case SYS_ioctl: return ioctl((int)c->a, (unsigned long)c->b, (void *)c->c);
    case SYS_getdents64: return getdents64((int)c->a, (void *)c->b, (size_t)c->c);
    case SYS_write: return write((int)c->a, (const void *)c->b, (size_t)c->c);
    case SYS_read: return read((int)c->a, (void *)c->b, (size_t)c->c);
    case SYS_capget: return capget((struct capability_header *)c->a, (void *)c->b);
    case SYS_capset: return capset((struct capability_header *)c->a, (void *)c->b);
    case SYS_prctl: return prctl((int)c->a, c->b, c->c, c->d, c->e);
    case SYS_getsockopt: return getsockopt((int)c->a, (int)c->b, (int)c->c, (void *)c->d, (socklen_t *)c->e);
    case SYS_sendmsg: return sendmsg((int)c->a, (const struct msghdr *)c->b, (int)c->c);
    case SYS_recvmsg: return recvmsg((int)c->a, (struct msghdr *)c->b, (int)c->c);
    case SYS_sendmmsg: return sendmmsg((int)c->a, (struct mmsghdr *)c->b, (unsigned)c->c, (int)c->d);
    case SYS_recvmmsg: return recvmmsg((int)c->a, (struct mmsghdr *)c->b, (unsigned)c->c, (int)c->d, (struct timespec *)c->e);
    default: return objects(c);
  }
}

long id_syscall_failed(long negated);
long id_syscall_failed(long negated) { return refused(negated); }

long id_syscall(long number, long a, long b, long c, long d, long e, long f);
long id_syscall(long number, long a, long b, long c, long d, long e, long f) {
  const struct call call = {number, a, b, c, d, e, f};
  if (number == SYS_io_uring_setup && rings_hidden(false)) return refused(-ENOSYS);
  return ids_on() ? translated(&call) : call_plain(&call);
}

EXPORT int prctl(int option, ...) {
  __builtin_va_list rest;
  __builtin_va_start(rest, option);
  unsigned long a = __builtin_va_arg(rest, unsigned long), b = __builtin_va_arg(rest, unsigned long);
  unsigned long c = __builtin_va_arg(rest, unsigned long), d = __builtin_va_arg(rest, unsigned long);
  __builtin_va_end(rest);
  if (ids_on() && option == PR_SET_PTRACER && (long)a > 0) {
    long system = pid_wanted((pid_t)a, false);
    if (system < 0) return refused(-EINVAL);
    a = (unsigned long)system;
  } else if (ids_on() && option == PR_SCHED_CORE && (pid_t)b > 0) {
    long system = pid_wanted((pid_t)b, false);
    if (system < 0) return refused(-ESRCH);
    b = (unsigned long)system;
  }
  return NEXT(prctl)(option, a, b, c, d);
}
