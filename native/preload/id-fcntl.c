/* Owners of descriptors and holders of locks. */
#include "preload/ids.h"
#include <fcntl.h>
#include <stdarg.h>

static int set_owner(int fd, int owner) {
  long system = pid_or_group(owner);
  return system == -ESRCH && owner != 0 ? refused(system) : NEXT(fcntl64)(fd, F_SETOWN, (int)system);
}

/* The structure form: a group in the negative form could be taken for an error. */
static int get_owner(int fd) {
  struct f_owner_ex owner;
  if (NEXT(fcntl64)(fd, F_GETOWN_EX, &owner) < 0) return -1;
  if (owner.pid == 0) return 0;
  pid_t shown = pid_shown(owner.pid);
  return owner.type == F_OWNER_PGRP ? -shown : shown;
}

static int owner_structure(int fd, int command, struct f_owner_ex *given) {
  if (!readable(given, sizeof *given)) return refused(-EFAULT);
  struct f_owner_ex owner = *given;
  if (command == F_SETOWN_EX && owner.pid > 0) {
    long system = pid_wanted(owner.pid, owner.type == F_OWNER_PGRP);
    if (system < 0) return refused(system);
    owner.pid = (pid_t)system;
  }
  int result = NEXT(fcntl64)(fd, command, &owner);
  if (result == 0 && command == F_GETOWN_EX) {
    owner.pid = owner.pid > 0 ? pid_shown(owner.pid) : owner.pid;
    *given = owner;
  }
  return result;
}

static int change_fcntl(int fd, int command, void *argument) {
  if (command == F_SETOWN) return set_owner(fd, (int)(intptr_t)argument);
  if (command == F_GETOWN) return get_owner(fd);
  if (command == F_SETOWN_EX || command == F_GETOWN_EX) return owner_structure(fd, command, argument);
  int result = NEXT(fcntl64)(fd, command, argument);
  struct flock *lock = argument;
  if (command == F_GETLK && result == 0 && lock->l_type != F_UNLCK && lock->l_pid > 0) lock->l_pid = pid_shown(lock->l_pid);
  return result;
}

EXPORT int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return ids_on() ? change_fcntl(fd, command, argument) : NEXT(fcntl64)(fd, command, argument);
}
EXPORT int fcntl(int fd, int command, ...) __attribute__((alias("fcntl64"), copy(fcntl64)));
EXPORT int __fcntl(int fd, int command, ...) __attribute__((alias("fcntl64"), copy(fcntl64)));
