/* What one process does to another by its id: priorities, limits, memory, clocks, descriptors, tracing. */
#include "check.h"
#include <poll.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

int pidfd_open(pid_t, unsigned);
static int value = 41;

static void priorities(pid_t child) {
  CHECK(setpriority(PRIO_PROCESS, (id_t)child, 5) == 0 && (errno = 0, getpriority(PRIO_PROCESS, (id_t)child) == 5));
  CHECK(setpgid(child, child) == 0 && (errno = 0, getpriority(PRIO_PGRP, (id_t)child) == 5));
  CHECK(syscall(SYS_getpriority, PRIO_PROCESS, child) == 15);
  FAILS(setpriority(PRIO_PROCESS, 0x3ffffffe, 1), ESRCH);
  struct rlimit limit;
  CHECK(prlimit(child, RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_cur > 0);
  FAILS(prlimit(0x3ffffffe, RLIMIT_NOFILE, NULL, &limit), ESRCH);
}

static void memory(pid_t child) {
  int copy = 0;
  struct iovec here = {&copy, sizeof copy}, there = {&value, sizeof value};
  CHECK(process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof copy && copy == 41);
  copy = 42;
  CHECK(process_vm_writev(child, &here, 1, &there, 1, 0) == sizeof copy);
  copy = 0;
  CHECK(process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof copy && copy == 42);
}

static void traced(void) {
  int status;
  pid_t child = idle_child();
  CHECK(ptrace(PTRACE_ATTACH, child, 0, 0) == 0 && waitpid(child, &status, 0) == child && WIFSTOPPED(status));
  CHECK(ptrace(PTRACE_PEEKDATA, child, &value, 0) != 0 && ptrace(PTRACE_DETACH, child, 0, 0) == 0);
  end_child(child);
}

struct header { uint32_t version; int pid; };
int capget(struct header *, void *);

static void capabilities(pid_t child) {
  struct header header = {0x20080522, getpid()};
  uint32_t data[6], theirs[6];
  CHECK(capget(&header, data) == 0);
  header.pid = child;
  CHECK(capget(&header, theirs) == 0 && memcmp(data, theirs, sizeof data) == 0);
  CHECK(syscall(SYS_capget, &header, theirs) == 0);
  header.pid = 0x3ffffffe;
  FAILS(capget(&header, data), ESRCH);
}

int main(void) {
  pid_t child = idle_child();
  priorities(child);
  memory(child);
  capabilities(child);
  clockid_t clock;
  struct timespec used;
  CHECK(clock_getcpuclockid(child, &clock) == 0 && clock_gettime(clock, &used) == 0);
  CHECK(clock_getcpuclockid(0x3ffffffe, &clock) == ESRCH);
  struct timespec slice;
  CHECK(sched_rr_get_interval(child, &slice) == 0);
  int fd = pidfd_open(child, 0);
  CHECK(fd >= 0);
  CHECK(prctl(PR_SET_PTRACER, child) == 0 || errno == EINVAL); /* without Yama there is no such option */
  end_child(child);
  struct pollfd ended = {.fd = fd, .events = POLLIN};
  CHECK(poll(&ended, 1, 20000) == 1);
  FAILS(pidfd_open(child, 0), ESRCH);
  traced();
  return done();
}
