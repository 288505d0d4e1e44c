#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/locks.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/shared.h"

#define TO_THE_END (~0ull >> 1)

static int take(const struct image_lock *lock) {
  struct flock wanted = {.l_type = lock->exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = (int64_t)lock->start};
  wanted.l_len = lock->end == TO_THE_END ? 0 : (int64_t)(lock->end - lock->start + 1);
  long r = sys3(SYS_fcntl, lock->fd, lock->of_description ? F_OFD_SETLK : F_SETLK, &wanted);
  return r < 0 ? fail_number(r, "take again the lock on the file of descriptor", lock->fd) : 0;
}

static const struct image_fd *descriptor_of(const struct process *process, uint32_t description) {
  const struct image_fd *fds = process->fds.data;
  for (uint32_t i = 0; i < process->fds.size / sizeof *fds; i++)
    if (fds[i].description == description) return &fds[i];
  return NULL;
}

/* The signal names the descriptor by which it was asked for: whose that was isn't known, the first process that has it asks. */
static int ask_for_signals(const struct process *process, const struct item *owner) {
  const struct image_owner *wanted = owner->data;
  for (const struct process *p = image.processes; p < process; p++)
    if (descriptor_of(p, owner->head->id)) return 0;
  const struct image_fd *at = descriptor_of(process, owner->head->id);
  if (!at || !wanted->async) return 0;
  long r = sys3(SYS_fcntl, at->fd, F_SETFL, sys3(SYS_fcntl, at->fd, F_GETFL, 0) | O_ASYNC);
  return r < 0 ? fail_number(r, "ask for signals from descriptor", at->fd) : 0;
}

int locks_take(const struct process *process) {
  const struct image_lock *lock = process->locks.data;
  for (uint32_t i = 0; i < process->locks.size / sizeof *lock; i++)
    if (take(&lock[i]) < 0) return -1;
  for (uint32_t i = 0; i < image.owner_count; i++)
    if (ask_for_signals(process, &image.owners[i]) < 0) return -1;
  return 0;
}

static int set_owner(const struct description *d, const struct image_owner *owner) {
  struct { int type, pid; } who = {owner->type, system_process((uint32_t)owner->pid)};
  long r = who.pid ? sys3(SYS_fcntl, d->fd, F_SETOWN_EX, &who) : 0;
  if (r >= 0 && owner->signum) r = sys3(SYS_fcntl, d->fd, F_SETSIG, owner->signum);
  return r < 0 ? fail_number(r, "make owner of an open file process", owner->pid) : 0;
}

int owners_set(void) {
  for (uint32_t i = 0; i < image.owner_count; i++) {
    struct description *d = description_by_id(image.owners[i].head->id);
    if (d && d->fd >= 0 && set_owner(d, image.owners[i].data) < 0) return -1;
  }
  return 0;
}
