#include "checkpoint/dump/interrupted-call.h"

#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/inject.h"

// The kernel's own codes, never seen by a program unless a debugger looks.
static constexpr long restart_system = -512, restart_no_intr = -513, restart_no_hand = -514, restart_block = -516;

bool make_restartable(user_regs_struct &regs) {
  if (static_cast<long>(regs.rax) != -EINTR) return false;
  switch (static_cast<long>(regs.orig_rax)) {
    case SYS_epoll_wait: case SYS_epoll_pwait: case 441 /* epoll_pwait2 */:
    case SYS_semop: case SYS_semtimedop: case SYS_rt_sigtimedwait:
    case SYS_io_getevents: case 333 /* io_pgetevents */:
    case SYS_read: case SYS_readv: case SYS_recvfrom: case SYS_recvmsg: case SYS_recvmmsg:
    case SYS_write: case SYS_writev: case SYS_sendto: case SYS_sendmsg: case SYS_accept: case SYS_accept4:
    case SYS_open: case SYS_openat: case SYS_futex: case SYS_mq_timedsend: case SYS_mq_timedreceive:
      regs.rax = static_cast<unsigned long long>(restart_no_hand);
      return true;
    default: return false;
  }
}

// A call with a relative timeout that was interrupted before is in progress as restart_syscall: which one it was stands in
// the instruction before `syscall`, mov $number,%eax, wherever a C library or a compiler wrote it.
static long original_number(const Process &process, const user_regs_struct &regs) {
  uint8_t code[24];
  if (!memory_there(process, regs.rip - sizeof code, code, sizeof code)) return -1;
  for (size_t at = sizeof code - 7;; at--) {
    uint32_t number;
    memcpy(&number, code + at + 1, sizeof number);
    bool known = number == SYS_nanosleep || number == SYS_clock_nanosleep || number == SYS_poll || number == SYS_futex;
    if (code[at] == 0xb8 && known) return number;
    if (at == 0) return -1;
  }
}

user_regs_struct restart_registers(const Process &process, user_regs_struct regs) {
  long number = static_cast<long>(regs.orig_rax), result = static_cast<long>(regs.rax);
  regs.orig_rax = ~0ull;
  if (number < 0) return regs;
  if (result != restart_system && result != restart_no_intr && result != restart_no_hand && result != restart_block) return regs;
  if (number == SYS_restart_syscall) number = original_number(process, regs);
  if (number < 0) {
    regs.rax = static_cast<unsigned long long>(-EINTR);
    return regs;
  }
  regs.rax = static_cast<unsigned long long>(number);
  regs.rip -= 2;
  return regs;
}
