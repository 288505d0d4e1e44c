#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "shared/id-keys.h"
#include "shared/id-words.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static struct table *table(void) { return (struct table *)TABLE_AT; }

static const struct image_id *words(uint32_t *count) {
  const struct image_ids *head = image.ids;
  *count = head->count;
  return (const struct image_id *)(head + 1);
}

/* Turns are kept, so that no id is given again that the application may remember. Whoever follows the journal sees that it has gone round. */
static void fill_table(void) {
  struct table *to = table();
  const struct image_ids *head = image.ids;
  uint32_t count;
  const struct image_id *from = words(&count);
  to->id_base = head->base;
  to->id_init = (uint32_t)sys0(SYS_getpid);
  to->restored_count = to->stand_in_count = 0;
  memset(to->ids, 0, sizeof to->ids);
  memset(to->restored, 0, sizeof to->restored);
  for (uint32_t i = 0; i < count; i++)
    if (from[i].slot < TABLE_IDS) to->ids[from[i].slot] = id_emptied(from[i].word);
  to->journal_head += TABLE_JOURNAL + 1;
}

int bound_begin(void) {
  if (!init.plain && !image.ids) return 0;
  if (!init.plain) return fail(-EINVAL, "restore with namespaces", "an image of the preload mechanism");
  if (!image.ids) return fail(-EINVAL, "restore without namespaces", "an image of the namespace mechanism");
  if (table()->mode != TABLE_MODE_PRELOAD) return fail(-EINVAL, "bind ids in", "a table of the namespace mechanism");
  fill_table();
  return 0;
}

/* What the library tells a process by from a later one with its number: preload/ids.c. */
static uint32_t identity(int system) {
  struct stat about;
  long fd = sys2(SYS_pidfd_open, system, O_EXCL /* PIDFD_THREAD */);
  if (fd < 0) fd = sys2(SYS_pidfd_open, system, 0);
  if (fd < 0) return 0;
  long r = sys2(SYS_fstat, fd, &about);
  sys_close(fd);
  return r < 0 ? 0 : id_cookie_from(about.st_ino);
}

void bound_process(uint32_t virtual_id, int system) {
  if (init.plain) id_restore(table(), ID_PID, virtual_id, system, identity(system), ID_USED);
}

void bound_leader(uint32_t virtual_id, int system) {
  if (init.plain) id_restore(table(), ID_PID, virtual_id, system, 0, ID_GONE);
}

void bound_stand_in(uint32_t virtual_id, int system) {
  struct table *to = table();
  if (to->stand_in_count == TABLE_STAND_INS) return; /* the init, then */
  to->stand_ins[to->stand_in_count] = (struct table_stand_in){system, (int32_t)virtual_id};
  __atomic_store_n(&to->stand_in_count, to->stand_in_count + 1, __ATOMIC_RELEASE);
}

int bound_object(enum table_id_type type, uint32_t virtual_id, int system) {
  return id_restore(table(), type, virtual_id, system, 0, ID_USED) ? 0 : -1;
}

static int system_of(unsigned type, uint32_t virtual_id) {
  uint32_t slot;
  uint64_t word = id_named(table()->ids, table()->id_base, type, virtual_id, &slot);
  return word ? id_system(word) : 0;
}

int system_process(uint32_t virtual_id) {
  if (!init.plain) return (int)virtual_id;
  return virtual_id == 1 ? (int)table()->id_init : virtual_id ? system_of(ID_PID, virtual_id) : 0;
}

int system_process_or_group(int virtual_id) {
  return virtual_id < -1 ? -system_process((uint32_t)-virtual_id) : virtual_id > 0 ? system_process((uint32_t)virtual_id) : virtual_id;
}

int32_t system_key(int32_t virtual_key) { return init.plain ? id_key_to_system(table()->id_salt, virtual_key) : virtual_key; }

int was_system(uint32_t virtual_id, uint32_t system) {
  if (!init.plain) return virtual_id == system;
  uint32_t count, base = ((const struct image_ids *)image.ids)->base;
  const struct image_id *from = words(&count);
  for (uint32_t i = 0; i < count; i++)
    if (id_virtual(base, from[i].slot, from[i].word) == (int32_t)virtual_id) return (uint32_t)id_system(from[i].word) == system;
  return 0;
}

/* What names nobody must not become 0, which means the caller's own group. */
static uint64_t process_argument(uint64_t id) {
  int found = system_process_or_group((int)id);
  return (uint64_t)(int64_t)(found || (int)id == 0 ? found : (int)id > 0 ? INT32_MAX : -INT32_MAX);
}

void bound_call(uint64_t number, uint64_t *first, uint64_t *second) {
  if (!init.plain) return;
  switch (number) {
    case SYS_wait4: case SYS_kill: case SYS_rt_sigqueueinfo: case SYS_getpgid: case SYS_getsid: *first = process_argument(*first); return;
    case SYS_tgkill: case SYS_setpgid: *first = process_argument(*first), *second = process_argument(*second); return;
    case SYS_waitid:
      if (*first == P_PID || *first == P_PGID) *second = process_argument(*second);
      return;
    case SYS_semop: case SYS_semtimedop: case SYS_semctl: *first = (uint64_t)system_of(ID_SEM, (uint32_t)*first); return;
    case SYS_msgsnd: case SYS_msgrcv: case SYS_msgctl: *first = (uint64_t)system_of(ID_MSG, (uint32_t)*first); return;
    case SYS_shmat: case SYS_shmctl: *first = (uint64_t)system_of(ID_SHM, (uint32_t)*first); return;
  }
}

static const char *put_process(struct line *line, const char *number) {
  put_number(line, system_process((uint32_t)to_number(number)));
  while (*number >= '0' && *number <= '9') number++;
  return number;
}

const char *system_path(const char *path, char *buffer, uint32_t size) {
  const char *rest = after(path, "/proc/");
  if (!init.plain || !rest || *rest < '0' || *rest > '9') return path;
  struct line line = line_in(buffer, size);
  put(&line, "/proc/");
  rest = put_process(&line, rest);
  const char *thread = after(rest, "/task/");
  if (thread && *thread >= '0' && *thread <= '9') {
    put(&line, "/task/");
    rest = put_process(&line, thread);
  }
  put(&line, rest);
  return buffer;
}

void bound_sender(void *siginfo) {
  siginfo_t *info = siginfo;
  if (!init.plain) return;
  int by_process = info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE || info->si_code == SI_MESGQ ||
                   info->si_code == SI_ASYNCIO;
  int of_child = info->si_signo == SIGCHLD && info->si_code >= CLD_EXITED && info->si_code <= CLD_CONTINUED;
  if (by_process || of_child) info->si_pid = system_process((uint32_t)info->si_pid);
}

int forsaken(void) { return init.plain && table()->id_init && sys2(SYS_kill, table()->id_init, 0) == -ESRCH; }

/* One that is gone already is no failure. */
static void remove_object(uint64_t word) {
  if (id_type(word) == ID_SHM) regardless(sys3(SYS_shmctl, id_system(word), 0 /* IPC_RMID */, 0));
  if (id_type(word) == ID_SEM) regardless(sys4(SYS_semctl, id_system(word), 0, 0 /* IPC_RMID */, 0));
  if (id_type(word) == ID_MSG) regardless(sys3(SYS_msgctl, id_system(word), 0 /* IPC_RMID */, 0));
}

/* Those who were about to be made may still come: they pass to the init, a subreaper, and are seen by it. */
void bound_undo(void) {
  const struct timespec pause = {0, 2000000};
  if (!init.plain || !image.ids) return;
  mqueues_undo();
  for (long r; (r = sys4(SYS_wait4, -1, 0, WNOHANG | __WALL, 0)) != -ECHILD;) {
    if (r > 0) continue;
    for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
      uint64_t word = ID_LOAD(&table()->ids[slot]);
      if (id_state(word) == ID_USED && id_type(word) == ID_PID) regardless(sys2(SYS_kill, id_system(word), SIGKILL)); /* waited for */
    }
    regardless(sys2(SYS_nanosleep, &pause, 0));
  }
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++)
    if (id_state(ID_LOAD(&table()->ids[slot])) == ID_USED) remove_object(table()->ids[slot]);
}
