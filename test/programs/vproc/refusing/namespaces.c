/* `namespaces KIND PROGRAM...`: runs a program on a machine where a filter of system calls refuses one kind of namespace, as container runtimes and service
 * managers refuse it: such a filter can't look into what clone3 is given, and denies that there is such a call. KIND `none`: the filter refuses nothing that is needed. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned flag_of(const char *kind) {
  return strcmp(kind, "pid") == 0 ? CLONE_NEWPID : strcmp(kind, "ipc") == 0 ? CLONE_NEWIPC : strcmp(kind, "uts") == 0 ? CLONE_NEWUTS : 0;
}

int main(int count, char **words) {
  unsigned flag = count > 2 ? flag_of(words[1]) : 0;
  bool none = count > 2 && strcmp(words[1], "none") == 0;
  if (flag == 0 && !none) return fprintf(stderr, "usage: namespaces pid|ipc|uts|none PROGRAM...\n"), 2;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, none ? SYS_acct : SYS_clone3, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 2, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return perror("seccomp"), 1;
  execvp(words[2], words + 2);
  return perror(words[2]), 127;
}
