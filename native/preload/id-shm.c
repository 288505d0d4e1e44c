/* SysV shared memory. FIG. 11 where it is made, FIG. 12 where it is named, FIG. 13 where its users are told. */
#include "preload/ids.h"
#include <sys/shm.h>

EXPORT int shmget(key_t key, size_t size, int flags) {
  if (!ids_on()) return NEXT(shmget)(key, size, flags);
  int system = NEXT(shmget)(key_to_system(key), size, flags);
  return system < 0 ? system : object_claim(ID_SHM, system, key, flags);
}

EXPORT void *shmat(int id, const void *at, int flags) {
  long system = ids_on() ? object_wanted(ID_SHM, id) : id;
  if (system == -EINVAL) return (void *)(intptr_t)refused(system);
  return NEXT(shmat)((int)system, at, flags);
}

static void show(struct shmid_ds *about) {
  about->shm_perm.__key = key_to_virtual(about->shm_perm.__key);
  if (about->shm_cpid > 0) about->shm_cpid = pid_shown(about->shm_cpid);
  if (about->shm_lpid > 0) about->shm_lpid = pid_shown(about->shm_lpid);
}

/* A segment that was removed but is still attached has no key, and keeps its id. */
static void removed(int system) {
  struct shmid_ds about;
  if (raw3(SYS_shmctl, system, IPC_STAT, &about) < 0) object_gone(ID_SHM, system);
}

/* By its place in the kernel's list, where other instances' lie too. */
static int by_index(int index, int command, struct shmid_ds *about) {
  struct shmid_ds found;
  int system = NEXT(shmctl)(index, command, &found);
  if (system < 0) return system;
  int shown = object_shown(ID_SHM, system);
  if (shown < 0) return refused(-EINVAL);
  *about = found;
  show(about);
  return shown;
}

EXPORT int shmctl(int id, int command, struct shmid_ds *about) {
  if (!ids_on() || command == IPC_INFO || command == SHM_INFO) return NEXT(shmctl)(id, command, about);
  if (command == SHM_STAT || command == 15 /* SHM_STAT_ANY */) return by_index(id, command, about);
  long system = object_wanted(ID_SHM, id);
  if (system == -EINVAL) return refused(system);
  int result = NEXT(shmctl)((int)system, command, about);
  if (result == 0 && command == IPC_STAT) show(about);
  if (result == 0 && command == IPC_RMID) removed((int)system);
  return result;
}
