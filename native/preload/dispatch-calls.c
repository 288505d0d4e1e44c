/* A call that the kernel has sent here, as the program would have made it: with the kernel's answer in a register, and errno as it was.
 * What the kernel restores at the handler's end is changed in the frame. */
#include "preload/dispatch.h"
#include "preload/ids.h"
#include "preload/members.h"
#include "preload/memory.h"
#include "preload/next.h"
#include "preload/sigsys.h"
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <string.h>
#include <unistd.h>

long id_syscall(long number, long a, long b, long c, long d, long e, long f);

static long plain(const struct taken *t) { return raw6(t->number, t->a, t->b, t->c, t->d, t->e, t->f); }

/* SIGSYS stays out of every mask: sent into a blocked signal, a call ends the process. */
static long change_mask(const struct taken *t, ucontext_t *context) {
  uint64_t set;
  struct taken changed = *t;
  if (t->b != 0 && t->a != SIG_UNBLOCK && t->d == 8 && readable((void *)t->b, 8)) {
    set = *(uint64_t *)t->b & ~SIGSYS_BIT;
    changed.b = (long)&set;
  }
  long result = plain(&changed);
  uint64_t now;
  raw4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8);
  memcpy(&context->uc_sigmask, &now, 8);
  return result;
}

static long wait_with_mask(const struct taken *t, long mask, long *place, struct taken *changed) {
  if (mask == 0 || !readable((void *)mask, 8)) return plain(t);
  uint64_t set = *(uint64_t *)mask & ~SIGSYS_BIT;
  *place = (long)&set;
  return plain(changed);
}

static long change_action(const struct taken *t) {
  const struct kernel_sigaction *new = (void *)t->b;
  struct kernel_sigaction *old = (void *)t->c, wanted, before;
  int number = (int)t->a;
  if (t->d != 8 || number < 1 || number > 64) return -EINVAL;
  if ((new != NULL && !readable(new, sizeof *new)) || (old != NULL && !readable(old, sizeof *old))) return -EFAULT;
  if (new != NULL) wanted = *new;
  if (number == SIGSYS) {
    sigsys_wish(new != NULL ? &wanted : NULL, &before);
    if (old != NULL) *old = before;
    return 0;
  }
  sighandler_t told = handler_told(number);
  if (new != NULL) {
    struct sigaction room, given = {.sa_handler = (sighandler_t)wanted.handler, .sa_flags = (int)wanted.flags};
    wanted.handler = (void *)action_to_system(number, &given, &room)->sa_handler;
    wanted.mask &= ~SIGSYS_BIT;
  }
  long result = raw4(SYS_rt_sigaction, number, new != NULL ? &wanted : NULL, old != NULL ? &before : NULL, 8);
  if (result == 0 && old != NULL) {
    before.handler = (void *)handler_to_virtual((sighandler_t)before.handler, told);
    *old = before;
  }
  return result;
}

/* The wrapper's answer, as the kernel gives it. */
static long wrapped(long result) { return result == -1 && errno != 0 ? -errno : result; }

static long sockets_and_ids(const struct taken *t) {
  struct sockaddr *address = (void *)t->b, *far = (void *)t->e;
  socklen_t *length = (void *)t->c;
  int fd = (int)t->a;
  switch (t->number) {
    case SYS_bind: return bind(fd, address, (socklen_t)t->c);
    case SYS_connect: return connect(fd, address, (socklen_t)t->c);
    case SYS_getsockname: return getsockname(fd, address, length);
    case SYS_getpeername: return getpeername(fd, address, length);
    case SYS_accept: return accept(fd, address, length);
    case SYS_accept4: return accept4(fd, address, length, (int)t->d);
    case SYS_sendto: return sendto(fd, (void *)t->b, (size_t)t->c, (int)t->d, far, (socklen_t)t->f);
    case SYS_recvfrom: return recvfrom(fd, (void *)t->b, (size_t)t->c, (int)t->d, far, (socklen_t *)t->f);
    case SYS_sendmsg: return sendmsg(fd, (const void *)t->b, (int)t->c);
    case SYS_recvmsg: return recvmsg(fd, (void *)t->b, (int)t->c);
    case SYS_sendmmsg: return sendmmsg(fd, (void *)t->b, (unsigned)t->c, (int)t->d);
    case SYS_recvmmsg: return recvmmsg(fd, (void *)t->b, (unsigned)t->c, (int)t->d, (void *)t->e);
    default: return id_syscall(t->number, t->a, t->b, t->c, t->d, t->e, t->f);
  }
}

long socket_call(const struct taken *taken) { return wrapped(sockets_and_ids(taken)); }

static long made(const struct taken *t, ucontext_t *context) {
  struct taken changed = *t;
  switch (t->number) {
    case SYS_rt_sigprocmask: return change_mask(t, context);
    case SYS_rt_sigaction: return change_action(t);
    case SYS_rt_sigsuspend: return wait_with_mask(t, t->a, &changed.a, &changed);
    case SYS_ppoll: return wait_with_mask(t, t->d, &changed.d, &changed);
    case SYS_epoll_pwait: case SYS_epoll_pwait2: return wait_with_mask(t, t->e, &changed.e, &changed);
    case SYS_madvise: return memory_madvise((uint64_t)t->a, (uint64_t)t->b, (int)t->c);
    case SYS_mremap: return memory_mremap((uint64_t)t->a, (uint64_t)t->b, (uint64_t)t->c, (uint64_t)t->d, (uint64_t)t->e);
    /* Plain, and frequent or without a way back through libc. */
    case SYS_write: return members_any ? wrapped(write((int)t->a, (const void *)t->b, (size_t)t->c)) : plain(t);
    case SYS_futex: case SYS_nanosleep: case SYS_exit: case SYS_exit_group: case SYS_execve: case SYS_execveat: return plain(t);
    default: return socket_call(t);
  }
}

void dispatched(siginfo_t *info, ucontext_t *context) {
  greg_t *r = context->uc_mcontext.gregs;
  const struct taken t = {info->si_syscall, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};
  if ((uint64_t)r[REG_RIP] == CODE_PAGE_TRAP + 2) {
    dispatch_clone_end(context);
  } else if ((uint64_t)r[REG_RIP] == code_page_after_syscall()) {
    r[REG_RAX] = plain(&t);
  } else if (info->si_arch != AUDIT_ARCH_X86_64) {
    r[REG_RAX] = -ENOSYS; /* 32-bit calls have other numbers */
  } else if (t.number == SYS_rt_sigreturn) {
    r[REG_RIP] = (greg_t)(uintptr_t)appshot_sigreturn; /* with the same stack pointer, from where the kernel makes it */
  } else if (t.number == SYS_arch_prctl && t.a == ARCH_SET_FS) {
    raw5(SYS_prctl, 59, 0, 0, 0, 0); /* without the C library's thread-local memory nothing here can run */
    r[REG_RAX] = plain(&t);
  } else if (t.number == SYS_sigaltstack) { /* refused here, on the stack that it may be about */
    if (!dispatch_there_begin(context)) r[REG_RAX] = -EAGAIN;
  } else if (t.number == SYS_fork || t.number == SYS_vfork || t.number == SYS_clone || t.number == SYS_clone3) {
    long failed = dispatch_clone_begin(context, t.number);
    if (failed < 0) r[REG_RAX] = failed;
  } else {
    int kept = errno;
    errno = 0;
    r[REG_RAX] = made(&t, context);
    errno = kept;
  }
}
