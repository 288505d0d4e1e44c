/* A tracer is told of the children that the traced makes, before anybody else has heard of them, and of who has sent a signal. */
#include "check.h"
#include <sys/ptrace.h>

#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC)

static void *idle(void *unused) { return unused; }

/* Makes one child of each kind; a thread's exec is told with the id that the thread had. */
static void traced(void) {
  pthread_t thread;
  CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0);
  pid_t child = fork();
  if (child == 0) _exit(4);
  int status;
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
  child = vfork();
  if (child == 0) _exit(5);
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
  CHECK(pthread_create(&thread, NULL, idle, NULL) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(kill(getppid(), 0) == 0);
  _exit(3);
}

static int wait_for(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, __WALL) == pid);
  return status;
}

/* Lets it run to its next stop; the event, or 0 for a signal. */
static int next_stop(pid_t pid, int signal) {
  CHECK(ptrace(PTRACE_CONT, pid, 0, (void *)(long)signal) == 0);
  int status = wait_for(pid);
  CHECK(WIFSTOPPED(status));
  return status >> 16;
}

int main(void) {
  unsigned long message;
  siginfo_t info;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) traced();
  int status = wait_for(child);
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && ptrace(PTRACE_SETOPTIONS, child, 0, (void *)OPTIONS) == 0);
  CHECK(kill(child, SIGUSR1) == 0 && next_stop(child, 0) == 0);
  CHECK(ptrace(PTRACE_GETSIGINFO, child, 0, &info) == 0 && info.si_signo == SIGUSR1 && info.si_pid == getpid());
  CHECK(ptrace(PTRACE_SETSIGINFO, child, 0, &info) == 0 && ptrace(PTRACE_GETSIGINFO, child, 0, &info) == 0 && info.si_pid == getpid());
  static const int events[] = {PTRACE_EVENT_FORK, PTRACE_EVENT_VFORK, PTRACE_EVENT_CLONE};
  for (int i = 0; i < 3; i++) {
    int event;
    while ((event = next_stop(child, 0)) == 0) continue; /* that a child has ended is a signal */
    CHECK(event == events[i] && ptrace(PTRACE_GETEVENTMSG, child, 0, &message) == 0);
    pid_t made = (pid_t)message;
    CHECK(made != child && WIFSTOPPED(wait_for(made)));
    char path[64];
    snprintf(path, sizeof path, i == 2 ? "/proc/%d/task/%d" : "/proc/%d", i == 2 ? (int)child : (int)made, (int)made);
    CHECK(access(path, F_OK) == 0 && ptrace(PTRACE_CONT, made, 0, 0) == 0);
    CHECK(wait_for(made) >> 16 == PTRACE_EVENT_EXIT && ptrace(PTRACE_GETEVENTMSG, made, 0, &message) == 0);
    CHECK((int)message == (i == 0 ? 4 << 8 : i == 1 ? 5 << 8 : 0)); /* how it ends, and nobody's id */
    CHECK(ptrace(PTRACE_CONT, made, 0, 0) == 0 && WIFEXITED(wait_for(made)));
  }
  while ((status = next_stop(child, 0)) != PTRACE_EVENT_EXIT) CHECK(status == 0);
  CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0 && (status = wait_for(child), WIFEXITED(status)) && WEXITSTATUS(status) == 3);
  return done();
}
