/* Who the caller is. Its virtual pid is cached in the process and its thread id in the thread: a child that has a copy of the memory
 * forgets both, and while a child shares it (vfork), nothing is believed. */
#include "preload/dispatch.h"
#include "preload/ids.h"
#include "preload/syslog.h"
#include <pthread.h>
#include <unistd.h>

_Atomic pid_t self_known;
_Atomic int self_shared;
static __thread pid_t thread_known __attribute__((tls_model("initial-exec")));

static pid_t raw_pid(void) { return (pid_t)raw3(SYS_getpid, 0, 0, 0); }
static pid_t raw_tid(void) { return (pid_t)raw3(SYS_gettid, 0, 0, 0); }

static pid_t claimed(pid_t system) {
  pid_t found = pid_claim(system);
  return found != 0 ? found : system; /* the table is full */
}

/* Apart from what asks first, which then needs no stack. */
#define SELDOM static __attribute__((noinline, cold))

SELDOM pid_t find_pid(void) {
  if (!ids_on()) return raw_pid();
  pid_t known = claimed(raw_pid());
  if (self_shared == 0) self_known = known;
  return known;
}

SELDOM pid_t find_tid(void) {
  if (!ids_on()) return raw_tid();
  pid_t known = claimed(raw_tid());
  if (self_shared == 0) thread_known = known;
  return known;
}

/* What is known is looked at first: nothing is where ids are the kernel's. */
EXPORT pid_t getpid(void) {
  pid_t known = self_known;
  return LIKELY(known != 0 && self_shared == 0) ? known : find_pid();
}
EXPORT pid_t __getpid(void) __attribute__((alias("getpid"), copy(getpid)));

EXPORT pid_t gettid(void) {
  pid_t known = thread_known;
  return LIKELY(known != 0 && self_shared == 0) ? known : find_tid();
}

/* As from within a namespace: a parent outside of the instance is 0, and orphans are the init's. */
EXPORT pid_t getppid(void) {
  pid_t system = (pid_t)raw3(SYS_getppid, 0, 0, 0);
  return ids_on() ? pid_shown(system) : system;
}

void self_nested(void) {
  self_shared = 0;
  self_known = thread_known = 0;
  ids_now = NULL;
  ids_off = 1;
  syslog_renumber();
}

/* In a child. Its parent made it, so it is nobody only in a PID namespace that the parent's children were to have (unshare, setns). */
void self_forget(void) {
  if (ids_on() && raw3(SYS_getppid, 0, 0, 0) == 0) {
    self_nested();
    return;
  }
  self_shared = 0;
  self_known = thread_known = 0;
  dispatch_clone_forget();
  dispatch_thread();
  if (!ids_on()) return;
  getpid();
  syslog_renumber();
}

/* fork handlers also run where libc forks by itself, as daemon() does. */
void self_start(void) {
  pthread_atfork(NULL, NULL, self_forget);
  getpid();
}
