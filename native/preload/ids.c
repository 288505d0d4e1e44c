/* Lookups and claims in the table of the caller's AID (FIG. 11-13 for processes and SysV objects). */
#include "preload/ids.h"
#include <fcntl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#define OF_A_THREAD O_EXCL /* PIDFD_THREAD, since 6.9 */

struct table *ids_now;
char ids_off;

/* System ids are of one PID namespace; a process of a nested one has the kernel's ids. */
static bool same_namespace(const struct table *table) {
  struct stat about;
  return table->id_namespace == 0 || raw4(SYS_newfstatat, AT_FDCWD, "/proc/self/ns/pid", &about, 0) < 0 || about.st_ino == table->id_namespace;
}

void ids_start(struct table *table) {
  bool ours = table != NULL && table->mode == TABLE_MODE_PRELOAD && inside.table_writable && table->id_base != 0;
  ids_now = ours && same_namespace(table) ? table : NULL;
  ids_off = ids_now == NULL;
  if (ids_now != NULL) coarse_clock_start();
}

/* What tells a process from a later one with its pid: the inode of its pidfd, which no other ever has. 0: can't be had; negative: no such process. */
static long identity(pid_t system) {
  struct stat about;
  long fd = raw3(SYS_pidfd_open, system, OF_A_THREAD, 0);
  if (fd == -EINVAL) fd = raw3(SYS_pidfd_open, system, 0, 0);
  if (fd < 0) return fd == -ESRCH ? fd : 0;
  long result = raw3(SYS_fstat, fd, &about, 0);
  raw_close(fd);
  if (result < 0) return 0;
  return id_cookie_from(about.st_ino);
}

/* One may be removed without the library's knowledge: by another process just before its id is claimed here, or by who calls past the C library. */
static bool object_ended(unsigned type, int32_t system) {
  union { struct shmid_ds shm; struct semid_ds sem; struct msqid_ds msg; } about;
  long result = type == ID_SHM   ? raw3(SYS_shmctl, system, IPC_STAT, &about)
                : type == ID_SEM ? raw4(SYS_semctl, system, 0, IPC_STAT, &about)
                                 : raw3(SYS_msgctl, system, IPC_STAT, &about);
  return result == -EINVAL || result == -EIDRM;
}

/* True when nothing can be meant by the id any more. A group or session may outlive its leader. */
static bool ended(uint64_t word) {
  int32_t system = id_system(word);
  if (id_type(word) != ID_PID) return id_state(word) == ID_GONE || object_ended(id_type(word), system);
  long now = identity(system);
  if (now == -ESRCH) return raw3(SYS_kill, -system, 0, 0) == -ESRCH;
  return now > 0 && !id_cookies_agree((uint32_t)now, id_cookie_of(word));
}

static int claim(struct table *table, unsigned type, int32_t system, uint32_t cookie) {
  uint64_t word;
  bool made;
  int slot = id_claim_known(table, type, system, cookie, ended, &word, &made);
  if (slot < 0) return 0;
  if (made) id_journal(table, (uint32_t)slot, word);
  return id_virtual(table->id_base, (uint32_t)slot, word);
}

static void forget(unsigned type, int32_t system) {
  struct table *table = ids_table();
  uint64_t word;
  int slot = table != NULL ? id_known(table, type, system, false, &word) : -1;
  if (slot >= 0 && ID_EXCHANGE(&table->ids[slot], word, id_restate(word, ID_GONE))) id_journal(table, (uint32_t)slot, id_restate(word, ID_GONE));
}

pid_t pid_claim(pid_t system) {
  struct table *table = ids_table();
  long cookie = identity(system);
  return claim(table, ID_PID, system, cookie > 0 ? (uint32_t)cookie : 0);
}

pid_t pid_shown(pid_t system) {
  struct table *table = ids_table();
  uint64_t word;
  if (system <= 0) return system;
  if ((uint32_t)system == table->id_init) return 1;
  int slot = id_known(table, ID_PID, system, true, &word);
  return slot < 0 ? id_stood_in_for(table, system) : id_virtual(table->id_base, (uint32_t)slot, word);
}

/* To ask for an identity is dearer than the call that it is asked for. A pid comes back only when the kernel has gone through all others, which
 * takes it far longer than a tick of the coarse clock: within one, an answer holds. */
struct checked { uint64_t word; int64_t tick; };
static __thread struct checked checked __attribute__((tls_model("initial-exec")));

/* 0: it lives, as far as can be told; ESRCH, negated: it has ended; 1: another process has its number. */
static long current(uint64_t word) {
  int64_t at = coarse_clock();
  if (checked.word == word && checked.tick == at && at != 0) return 0;
  checked.word = 0; /* a handler may come in between */
  long now = identity(id_system(word));
  if (now == -ESRCH) return now;
  if (now > 0 && !id_cookies_agree((uint32_t)now, id_cookie_of(word))) return 1;
  checked.tick = at;
  checked.word = word;
  return 0;
}

static long wanted(struct table *table, pid_t virtual_id, bool group) {
  uint32_t slot;
  if (virtual_id == 1) return table->id_init != 0 ? (long)table->id_init : -ESRCH;
  uint64_t word = id_named(table->ids, table->id_base, ID_PID, virtual_id, &slot);
  if (word == 0 || (id_state(word) == ID_GONE && !group)) return -ESRCH;
  if (virtual_id == self_known) return id_system(word);
  long now = current(word);
  if (now == -ESRCH && group) return id_system(word); /* the group may outlive its leader */
  return now == 0 ? id_system(word) : -ESRCH;
}

/* A clone may have been made of us while we asked: there the answer is another. */
long pid_wanted(pid_t virtual_id, bool group) {
  struct table *table = ids_table();
  for (;;) {
    uint32_t generation = __atomic_load_n(&inside.arena->generation, __ATOMIC_ACQUIRE);
    long system = wanted(table, virtual_id, group);
    if (LIKELY(__atomic_load_n(&inside.arena->generation, __ATOMIC_ACQUIRE) == generation)) return system;
  }
}

long pid_argument(pid_t virtual_id) { return virtual_id <= 0 ? virtual_id : pid_wanted(virtual_id, false); }

long pid_or_group(pid_t virtual_id) {
  if (virtual_id >= -1) return pid_argument(virtual_id);
  long group = virtual_id == INT32_MIN ? -ESRCH : pid_wanted(-virtual_id, true);
  return group < 0 ? group : -group;
}

void pid_reaped(pid_t system) { forget(ID_PID, system); }

static void object_remove(unsigned type, int system) {
  if (type == ID_SEM) raw3(SYS_semctl, system, 0, IPC_RMID);
  else raw3(type == ID_SHM ? SYS_shmctl : SYS_msgctl, system, IPC_RMID, 0);
}

/* What nobody has an id for nobody could remove: it would outlive the instance. */
int object_claim(unsigned type, int system, key_t key, int flags) {
  int found = claim(ids_table(), type, system, 0);
  if (found != 0) return found;
  if (key == IPC_PRIVATE || (flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) object_remove(type, system);
  return refused(-ENOSPC);
}

int object_shown(unsigned type, int system) {
  struct table *table = ids_table();
  uint64_t word;
  int slot = id_known(table, type, system, false, &word);
  return slot < 0 ? -1 : id_virtual(table->id_base, (uint32_t)slot, word);
}

long object_wanted(unsigned type, int virtual_id) {
  struct table *table = ids_table();
  uint32_t slot;
  uint64_t word = id_named(table->ids, table->id_base, type, virtual_id, &slot);
  return id_state(word) == ID_USED ? id_system(word) : -EINVAL;
}

void object_gone(unsigned type, int system) { forget(type, system); }
