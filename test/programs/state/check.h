/* What every program here stands on.
 *
 * A program sets up one kind of state between begin() and await_go(); what follows await_go() is the proof that the state is as it
 * was and goes on working. In between it may have been frozen, copied and brought back any number of times. It ends with done().
 *
 * SIGUSR1 says "prove it". It is blocked from the first line on, so that it finds the program wherever it is and breaks into no
 * other call; children and threads inherit that.
 */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
/* Kept from the compiler's guesses: what memory holds is read again each time. */
#define SEEN(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* One write, so that lines of several processes don't mix; no stdio, so that nothing waits in a buffer that a fork copies. */
UNUSED __attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char line[1024];
  va_list rest;
  va_start(rest, format);
  int length = vsnprintf(line, sizeof line, format, rest);
  va_end(rest);
  if (length >= (int)sizeof line) length = sizeof line - 1;
  if (write(1, line, (size_t)length) != length) _exit(3);
}

#define fail(...) (say("fail: " __VA_ARGS__), exit(1))

UNUSED static void expect_number(int line, const char *what, long long expected, long long got) {
  if (expected == got) return;
  say("fail: %s expected %lld got %lld (line %d, pid %d)\n", what, expected, got, line, (int)getpid());
  _exit(1);
}
UNUSED static void expect_string(int line, const char *what, const char *expected, const char *got) {
  if (got != NULL && strcmp(expected, got) == 0) return;
  say("fail: %s expected %s got %s (line %d, pid %d)\n", what, expected, got == NULL ? "nothing" : got, line, (int)getpid());
  _exit(1);
}
UNUSED static long long must_succeed(int line, const char *call, long long result) {
  if (result != -1) return result;
  say("fail: %s expected success got %s (line %d, pid %d)\n", call, strerrorname_np(errno), line, (int)getpid());
  _exit(1);
}
UNUSED static void must_fail(int line, const char *call, int expected, long long result) {
  if (result == -1 && errno == expected) return;
  say("fail: %s expected %s got %s (line %d, pid %d)\n", call, strerrorname_np(expected), result == -1 ? strerrorname_np(errno) : "success",
      line, (int)getpid());
  _exit(1);
}
UNUSED static void *have_pointer(int line, const char *call, void *pointer) {
  return (void *)must_succeed(line, call, pointer == NULL ? -1 : (long long)pointer);
}
#define expect(what, expected, got) expect_number(__LINE__, what, (long long)(expected), (long long)(got))
#define expect_text(what, expected, got) expect_string(__LINE__, what, expected, got)
#define expect_errno(expected, call) must_fail(__LINE__, #call, expected, (long long)(call))
/* For calls that say -1 and set errno. */
#define must(call) must_succeed(__LINE__, #call, (long long)(call))
/* For calls that return their error, as those of pthreads do. */
#define must_zero(call) expect_number(__LINE__, #call, 0, (long long)(call))
/* For calls that give a pointer: neither NULL nor MAP_FAILED. */
#define must_have(call) have_pointer(__LINE__, #call, call)

UNUSED static void begin(void) {
  sigset_t go;
  sigemptyset(&go);
  sigaddset(&go, SIGUSR1);
  must(sigprocmask(SIG_BLOCK, &go, NULL));
}

UNUSED static void ready(void) { say("ready\n"); }

/* Says that everything is set up, then waits to be told to prove it. */
UNUSED static void await_go(void) {
  sigset_t go;
  sigemptyset(&go);
  sigaddset(&go, SIGUSR1);
  ready();
  int got;
  do got = sigwaitinfo(&go, NULL);
  while (got == -1 && errno == EINTR);
  must(got);
}

UNUSED static _Noreturn void done(void) {
  say("ok\n");
  exit(0);
}

UNUSED static void nap(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) == -1 && errno == EINTR) continue;
}

UNUSED static long long nanoseconds(clockid_t clock) {
  struct timespec now;
  must(clock_gettime(clock, &now));
  return now.tv_sec * 1000000000ll + now.tv_nsec;
}
