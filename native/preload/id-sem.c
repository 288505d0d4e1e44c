/* SysV semaphores. */
#include "preload/ids.h"
#include "preload/sem-undo.h"
#include <stdarg.h>
#include <sys/sem.h>

EXPORT int semget(key_t key, int count, int flags) {
  if (!ids_on()) return NEXT(semget)(key, count, flags);
  int system = NEXT(semget)(key_to_system(key), count, flags);
  return system < 0 ? system : object_claim(ID_SEM, system, key, flags);
}

EXPORT int semop(int id, struct sembuf *operations, size_t count) {
  long system = ids_on() ? object_wanted(ID_SEM, id) : id;
  int result = system == -EINVAL ? refused(system) : NEXT(semop)((int)system, operations, count);
  if (result == 0) undo_note(id, operations, count);
  return result;
}

EXPORT int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *limit) {
  long system = ids_on() ? object_wanted(ID_SEM, id) : id;
  int result = system == -EINVAL ? refused(system) : NEXT(semtimedop)((int)system, operations, count, limit);
  if (result == 0) undo_note(id, operations, count);
  return result;
}

static int by_index(int index, int command, struct semid_ds *about) {
  struct semid_ds found;
  int system = NEXT(semctl)(index, 0, command, &found);
  if (system < 0) return system;
  int shown = object_shown(ID_SEM, system);
  if (shown < 0) return refused(-EINVAL);
  *about = found;
  about->sem_perm.__key = key_to_virtual(about->sem_perm.__key);
  return shown;
}

static int of_set(int id, int index, int command, void *argument) {
  long system = object_wanted(ID_SEM, id);
  if (system == -EINVAL) return refused(system);
  int result = NEXT(semctl)((int)system, index, command, argument);
  if (result > 0 && command == GETPID) return pid_shown(result);
  if (result != 0) return result;
  struct semid_ds *about = argument;
  if (command == IPC_STAT) about->sem_perm.__key = key_to_virtual(about->sem_perm.__key);
  if (command == IPC_RMID) object_gone(ID_SEM, (int)system);
  return result;
}

static int control(int id, int index, int command, void *argument) {
  if (!ids_on() || command == IPC_INFO || command == SEM_INFO) return NEXT(semctl)(id, index, command, argument);
  if (command == SEM_STAT || command == 20 /* SEM_STAT_ANY */) return by_index(id, command, argument);
  return of_set(id, index, command, argument);
}

EXPORT int semctl(int id, int index, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int result = control(id, index, command, argument);
  if (result >= 0) undo_forget_after(id, index, command);
  return result;
}
