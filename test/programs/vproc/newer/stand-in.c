/* Stands in for a later C library: what glibc has since 2.39, made of system calls that no preload sees, as glibc makes them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>

static long call(long number, long a, long b, long c, long d) {
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return number;
}
static long answer(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

pid_t pidfd_getpid(int fd) {
  char path[40] = "/proc/self/fdinfo/", text[512] = "";
  char digits[12];
  int count = 0;
  if (fd < 0) return (pid_t)answer(-EBADF);
  for (int rest = fd; count == 0 || rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  for (char *to = path + strlen(path); count > 0;) *to++ = digits[--count];
  long info = call(SYS_open, (long)path, O_RDONLY, 0, 0);
  if (info < 0) return (pid_t)answer(-EBADF);
  call(SYS_read, info, (long)text, sizeof text - 1, 0);
  call(SYS_close, info, 0, 0, 0);
  const char *at = strstr(text, "\nPid:");
  int pid = at != NULL ? atoi(at + 5) : 0;
  return pid > 0 ? pid : (pid_t)answer(pid < 0 ? -ESRCH : -EINVAL);
}

static int spawned(const char *function, int *fd, const char *program, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                   char *const arguments[], char *const environment[]) {
  pid_t child;
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  __typeof__(posix_spawn) *own = (__typeof__(posix_spawn) *)dlsym(libc, function);
  int result = own(&child, program, actions, attributes, arguments, environment);
  if (result != 0) return result;
  long opened = call(SYS_pidfd_open, child, 0, 0, 0);
  *fd = (int)opened;
  return opened < 0 ? (int)-opened : 0;
}
int pidfd_spawn(int *fd, const char *program, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const arguments[],
                char *const environment[]) {
  return spawned("posix_spawn", fd, program, actions, attributes, arguments, environment);
}
int pidfd_spawnp(int *fd, const char *program, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const arguments[],
                 char *const environment[]) {
  return spawned("posix_spawnp", fd, program, actions, attributes, arguments, environment);
}

int sched_setattr(pid_t pid, void *attributes, unsigned flags) { return (int)answer(call(SYS_sched_setattr, pid, (long)attributes, flags, 0)); }
int sched_getattr(pid_t pid, void *attributes, unsigned size, unsigned flags) {
  return (int)answer(call(SYS_sched_getattr, pid, (long)attributes, size, flags));
}

pid_t pthread_gettid_np(pthread_t thread) { return pthread_equal(thread, pthread_self()) ? (pid_t)call(SYS_gettid, 0, 0, 0, 0) : -1; }
