/* Whoever is told who sent a signal is told an id that it can answer to. */
#include "check.h"
#include <aio.h>
#include <sys/signalfd.h>
#include <sys/uio.h>
#include <time.h>

static volatile pid_t from;
static volatile int with;

static void told(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  from = info->si_pid;
  with = info->si_value.sival_int;
}

static void install(int number) {
  struct sigaction new = {.sa_sigaction = told, .sa_flags = SA_SIGINFO | SA_RESTART}, old;
  CHECK(sigaction(number, &new, NULL) == 0 && sigaction(number, NULL, &old) == 0);
  CHECK(old.sa_sigaction == told && (old.sa_flags & SA_SIGINFO));
}

static void by_child(int number) { /* it signals us and ends */
  pid_t parent = getpid(), child = fork();
  if (child == 0) _exit(kill(parent, number) == 0 ? 0 : 1);
  expect_success(child);
  from = from == child ? 1 : -1;
}

static void handlers(void) {
  install(SIGUSR1);
  CHECK(kill(getpid(), SIGUSR1) == 0 && from == getpid());
  from = 0;
  by_child(SIGUSR1);
  CHECK(from == 1);
  union sigval value = {.sival_int = 77};
  CHECK(sigqueue(getpid(), SIGUSR1, value) == 0 && from == getpid() && with == 77);
  from = 0;
  CHECK(raise(SIGUSR1) == 0 && from == getpid());
  from = 0;
  CHECK(tgkill(getpid(), gettid(), SIGUSR1) == 0 && from == getpid());
  from = 0;
  CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0 && from == getpid());
  from = 0;
  CHECK(pthread_sigqueue(pthread_self(), SIGUSR1, value) == 0 && from == getpid());
  install(SIGCHLD);
  from = 0;
  pid_t child = idle_child();
  end_child(child);
  CHECK(from == child);
  CHECK(signal(SIGCHLD, SIG_DFL) == (void (*)(int))(void *)told);
}

/* libc says who the sender is, by a call of its own. */
static void asynchronous(void) {
  char byte = 'x';
  FILE *file = tmpfile();
  install(SIGUSR1);
  from = 0;
  struct aiocb request = {.aio_fildes = fileno(file), .aio_buf = &byte, .aio_nbytes = 1,
                          .aio_sigevent = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1}};
  CHECK(aio_write(&request) == 0);
  for (int i = 0; i < 10000 && from == 0; i++) usleep(1000);
  CHECK(from == getpid());
  fclose(file);
}

/* What is sent through a descriptor says who sends it, as he knows himself. */
static void by_descriptor(void) {
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
  install(SIGUSR1);
  from = 0;
  info.si_pid = getpid();
  CHECK(fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &info, 0) == 0 && from == getpid());
  from = 0;
  CHECK(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0) == 0 && from == getpid());
  close(fd);
}

ssize_t __read_chk(int, void *, size_t, size_t); /* what read() is where arrays are guarded */

/* What only looks like signals stays as it was written. */
static void no_signals(void) {
  struct signalfd_siginfo written = {.ssi_signo = SIGUSR2, .ssi_code = SI_USER, .ssi_pid = (uint32_t)getpid()}, got;
  int ends[2];
  CHECK(pipe(ends) == 0);
  for (uint32_t pid = 1; pid < 400; pid++) { /* some of them the system's own */
    written.ssi_pid = pid;
    CHECK(write(ends[1], &written, sizeof written) == sizeof written && read(ends[0], &got, sizeof got) == sizeof got);
    CHECK(memcmp(&written, &got, sizeof got) == 0);
  }
  close(ends[0]);
  close(ends[1]);
}

static void waited(void) {
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && kill(getpid(), SIGUSR2) == 0);
  CHECK(sigwaitinfo(&set, &info) == SIGUSR2 && info.si_pid == getpid());
  struct timespec second = {1, 0};
  CHECK(kill(getpid(), SIGUSR2) == 0 && sigtimedwait(&set, &info, &second) == SIGUSR2 && info.si_pid == getpid());
  CHECK(kill(getpid(), SIGUSR2) == 0 && syscall(SYS_rt_sigtimedwait, &set, &info, &second, 8) == SIGUSR2 && info.si_pid == getpid());
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
  event._sigev_un._tid = gettid();
  int timer;
  CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == 0 && syscall(SYS_timer_delete, timer) == 0);
  int fd = signalfd(-1, &set, 0);
  struct signalfd_siginfo read_info;
  CHECK(fd >= 0 && kill(getpid(), SIGUSR2) == 0);
  CHECK(read(fd, &read_info, sizeof read_info) == sizeof read_info && read_info.ssi_pid == (uint32_t)getpid());
  CHECK(kill(getpid(), SIGUSR2) == 0);
  CHECK(__read_chk(fd, &read_info, sizeof read_info, sizeof read_info) == sizeof read_info && read_info.ssi_pid == (uint32_t)getpid());
  pid_t parent = getpid(), child = fork();
  if (child == 0) _exit(kill(parent, SIGUSR2) == 0 ? 0 : 1);
  CHECK(read(fd, &read_info, sizeof read_info) == sizeof read_info && read_info.ssi_pid == (uint32_t)child);
  expect_success(child);
  close(fd);
}

/* In the program that this one has become: it was left a descriptor, and reads it in parts. */
static int inherited(int fd) {
  struct signalfd_siginfo read_info[2];
  char *at = (char *)read_info;
  struct iovec parts[] = {{at, 5}, {at + 5, 0}, {at + 5, 9}, {at + 14, 130}, {at + 144, sizeof read_info - 144}};
  CHECK(readv(fd, parts, 5) == sizeof read_info);
  for (int i = 0; i < 2; i++)
    CHECK(read_info[i].ssi_signo == (uint32_t)SIGRTMIN && read_info[i].ssi_int == i + 1 && read_info[i].ssi_pid == (uint32_t)getpid());
  return 0;
}

static void left_to_another(void) {
  pid_t child = fork();
  if (child == 0) {
    sigset_t set;
    char number[12];
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    for (int i = 1; i < 3; i++) CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}) == 0);
    snprintf(number, sizeof number, "%d", signalfd(-1, &set, 0));
    execl("/proc/self/exe", "senders", number, NULL);
    _exit(9);
  }
  expect_success(child);
}

int main(int count, char **arguments) {
  if (count > 1) return inherited(atoi(arguments[1]));
  left_to_another();
  handlers();
  asynchronous();
  by_descriptor();
  no_signals();
  waited();
  FAILS(kill(0x3ffffffe, 0), ESRCH);
  FAILS(tgkill(getpid(), 0x3ffffffe, 0), ESRCH);
  FAILS(kill(getpid(), 99), EINVAL);
  CHECK(kill(0, 0) == 0 && kill(-getpgrp(), 0) == 0 && kill(1, 0) == 0);
  return done();
}
