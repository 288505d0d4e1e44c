/* Makes one system call fail, of all that a program and its descendants make: the Nth counted over all of them.
 *   inject N ERRNO REPORT -- PROGRAM ARGUMENT...     runs the program; ends as it does
 *   inject N ERRNO REPORT PID...                     joins running ones; the first one's own calls don't count; ends once one has failed
 * `only=NUMBER,NUMBER...` before N: no other system calls count, nor fail. In the second way, what a restored application calls itself is not counted
 * either: a restorer's thread has become its own with rt_sigreturn.
 * `answers` before N, in the first way: what counts and fails is not the program's own calls but the answers of those that it has others make by ptrace.
 * The call itself is made.
 * N = 0 counts only. ERRNO = -SIGNAL ends the program by that signal when it, or a descendant, is about to make the call. REPORT is a file that receives "COUNT NUMBER": how many were seen, and the system call that failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

#define MOST_CALLS 1024
#define MOST_PIDS (1 << 22)

static long wanted, seen, failed_call = -1;
static char counts[MOST_CALLS];    /* of each system call, where not all of them count */
static int some_count;
static char application[MOST_PIDS]; /* threads that are no longer a restorer's */
static int error_number, attached;
static pid_t main_pid, failing; /* failing: whose call is about to return the error */
static const char *report_path;
static int answers_only;
static char at_call[MOST_PIDS];     /* tracees of the program that are on their way to or from a call */
static unsigned long long answer_at; /* where the program will have the registers that tell the answer */

static void report(void) {
  FILE *file = fopen(report_path, "w");
  if (!file) return;
  fprintf(file, "%ld %ld\n", seen, failed_call);
  fclose(file);
}

/* A call that ends the caller can't fail, and one that is told to would end the test instead. */
static int may_fail(long number) {
  return number != SYS_exit && number != SYS_exit_group && number != SYS_rt_sigreturn && number != SYS_restart_syscall && number != SYS_futex;
}

static int is_counted(pid_t tid, unsigned long long number) {
  if (attached && (tid == main_pid || application[tid])) return 0;
  return may_fail((long)number) && (!some_count || (number < MOST_CALLS && counts[number]));
}

static int is_answer(const struct __ptrace_syscall_info *info) {
  const __typeof__(info->entry.args[0]) *with = info->entry.args, registers = 1; /* NT_PRSTATUS */
  if (info->entry.nr != SYS_ptrace || with[1] >= MOST_PIDS) return 0;
  if (with[0] == PTRACE_GETREGSET) return with[2] == registers && at_call[with[1]];
  if (with[0] == PTRACE_SYSCALL || with[0] == PTRACE_CONT || with[0] == PTRACE_DETACH || with[0] == PTRACE_INTERRUPT) at_call[with[1]] = with[0] == PTRACE_SYSCALL;
  return 0;
}

static void entered_for_answer(pid_t tid, const struct __ptrace_syscall_info *info) {
  if (!is_answer(info) || failed_call >= 0 || ++seen != wanted) return;
  failed_call = 0;
  failing = tid;
  answer_at = info->entry.args[3];
}

/* The program reads an error where the call has answered something. */
static void change_answer(pid_t tid) {
  struct iovec part;
  struct user_regs_struct regs;
  struct iovec here = {&part, sizeof part}, there = {(void *)answer_at, sizeof part};
  if (process_vm_readv(tid, &here, 1, &there, 1, 0) != sizeof part || part.iov_len != sizeof regs) return;
  here = (struct iovec){&regs, sizeof regs};
  if (process_vm_readv(tid, &here, 1, &part, 1, 0) != sizeof regs) return;
  failed_call = (long)regs.orig_rax;
  regs.rax = (unsigned long long)-(long long)error_number;
  if (process_vm_writev(tid, &here, 1, &part, 1, 0) != sizeof regs) failed_call = 0;
}

static void entered(pid_t tid, const struct __ptrace_syscall_info *info) {
  if (answers_only) return entered_for_answer(tid, info);
  if (info->entry.nr == SYS_rt_sigreturn) application[tid] = 1;
  if (failed_call >= 0 || !is_counted(tid, info->entry.nr)) return;
  if (++seen != wanted) return;
  failed_call = (long)info->entry.nr;
  if (error_number < 0) {
    kill(main_pid, -error_number);
    return;
  }
  failing = tid;
  if (info->entry.nr == SYS_close) return; /* whatever it answers, the descriptor is gone */
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, tid, 0, &regs) == 0) {
    regs.orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, tid, 0, &regs);
  }
}

static void left(pid_t tid) {
  if (tid != failing) return;
  if (answers_only) {
    change_answer(tid);
    failing = 0;
    report();
    return;
  }
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, tid, 0, &regs) == 0) {
    regs.rax = (unsigned long long)-(long long)error_number;
    ptrace(PTRACE_SETREGS, tid, 0, &regs);
  }
  failing = 0;
  report();
  if (attached) exit(0); /* the kernel lets go of all when their tracer has ended */
}

static void stopped(pid_t tid, int status) {
  int signal = WSTOPSIG(status), event = status >> 16;
  long pass = 0;
  if (signal == SYSCALL_STOP) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0) {
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(tid, &info);
      else left(tid);
    }
  } else if (event == PTRACE_EVENT_STOP) {
    if (signal != SIGTRAP) { /* a stop of the whole group: it stays one */
      ptrace(PTRACE_LISTEN, tid, 0, 0);
      return;
    }
  } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
    unsigned long made = 0;
    if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &made) == 0 && made < MOST_PIDS) application[made] = application[tid];
  } else if (!event) {
    pass = signal;
  }
  int over = failed_call >= 0 && !failing;
  ptrace(over ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, pass);
}

static pid_t launch(char **words) {
  int gate[2];
  if (pipe(gate) < 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    char go;
    close(gate[1]);
    if (read(gate[0], &go, 1) != 1) _exit(125);
    close(gate[0]);
    execv(words[0], words);
    _exit(127);
  }
  close(gate[0]);
  if (pid > 0 && (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || write(gate[1], "", 1) != 1)) return -1;
  close(gate[1]);
  return pid;
}

/* The clock of a test that never comes to the call, or whose turn is over. */
static void ended_by_signal(int signal) {
  (void)signal;
  report();
  _exit(0);
}

static void count_only(const char *list) {
  some_count = 1;
  for (char *end; *list; list = *end ? end + 1 : end) {
    unsigned long number = strtoul(list, &end, 10);
    if (end == list || number >= MOST_CALLS) exit(125);
    counts[number] = 1;
  }
}

int main(int count, char **argument) {
  static const char only[] = "only=", answers[] = "answers";
  if (count > 1 && strcmp(argument[1], answers) == 0) {
    answers_only = 1;
    argument++, count--;
  }
  if (count > 1 && strncmp(argument[1], only, strlen(only)) == 0) {
    count_only(argument[1] + strlen(only));
    argument++, count--;
  }
  if (count < 5) return 125;
  wanted = atol(argument[1]);
  error_number = atoi(argument[2]);
  report_path = argument[3];
  attached = strcmp(argument[4], "--") != 0;
  signal(SIGTERM, ended_by_signal);
  signal(SIGPIPE, SIG_IGN);
  if (attached) {
    main_pid = atoi(argument[4]);
    for (int i = 4; i < count; i++) {
      pid_t pid = atoi(argument[i]);
      if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0) return 126;
    }
    if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 125;
  } else if ((main_pid = launch(argument + 5)) < 0) {
    return 126;
  }
  int status, code = 0;
  for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
    if (WIFSTOPPED(status)) stopped(tid, status);
    else if (tid == main_pid) {
      code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break; /* what it leaves behind, and means to, is let go of by the kernel when its tracer ends */
    }
  }
  report();
  return code;
}
