/* Seccomp filters that answer one call with an error. */
#pragma once
#include "thread.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

UNUSED static long filter_call(int number, unsigned action) {
  struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
                               BPF_STMT(BPF_RET | BPF_K, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {4, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
