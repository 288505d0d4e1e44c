/* SysV message queues. Sending and receiving are cancellation points. */
#include "preload/ids.h"
#include <sys/msg.h>

EXPORT int msgget(key_t key, int flags) {
  if (!ids_on()) return NEXT(msgget)(key, flags);
  int system = NEXT(msgget)(key_to_system(key), flags);
  return system < 0 ? system : object_claim(ID_MSG, system, key, flags);
}

EXPORT int msgsnd(int id, const void *message, size_t size, int flags) {
  long system = ids_on() ? object_wanted(ID_MSG, id) : id;
  return system == -EINVAL ? refused(system) : NEXT(msgsnd)((int)system, message, size, flags);
}

EXPORT ssize_t msgrcv(int id, void *message, size_t size, long type, int flags) {
  long system = ids_on() ? object_wanted(ID_MSG, id) : id;
  return system == -EINVAL ? refused(system) : NEXT(msgrcv)((int)system, message, size, type, flags);
}

EXPORT int __libc_msgsnd(int id, const void *message, size_t size, int flags) __attribute__((alias("msgsnd"), copy(msgsnd)));
EXPORT ssize_t __libc_msgrcv(int id, void *message, size_t size, long type, int flags) __attribute__((alias("msgrcv"), copy(msgrcv)));

static void show(struct msqid_ds *about) {
  about->msg_perm.__key = key_to_virtual(about->msg_perm.__key);
  if (about->msg_lspid > 0) about->msg_lspid = pid_shown(about->msg_lspid);
  if (about->msg_lrpid > 0) about->msg_lrpid = pid_shown(about->msg_lrpid);
}

static int by_index(int index, int command, struct msqid_ds *about) {
  struct msqid_ds found;
  int system = NEXT(msgctl)(index, command, &found);
  if (system < 0) return system;
  int shown = object_shown(ID_MSG, system);
  if (shown < 0) return refused(-EINVAL);
  *about = found;
  show(about);
  return shown;
}

EXPORT int msgctl(int id, int command, struct msqid_ds *about) {
  if (!ids_on() || command == IPC_INFO || command == MSG_INFO) return NEXT(msgctl)(id, command, about);
  if (command == MSG_STAT || command == 13 /* MSG_STAT_ANY */) return by_index(id, command, about);
  long system = object_wanted(ID_MSG, id);
  if (system == -EINVAL) return refused(system);
  int result = NEXT(msgctl)((int)system, command, about);
  if (result == 0 && command == IPC_STAT) show(about);
  if (result == 0 && command == IPC_RMID) object_gone(ID_MSG, (int)system);
  return result;
}
