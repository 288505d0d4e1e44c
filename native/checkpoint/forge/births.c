#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/births.h"

/* The init's own session is nobody's: virtual 0. */
static uint32_t session_of_parent(const struct image_process *p) {
  const struct process *parent = p->ppid == 1 ? NULL : process_by_pid(p->ppid);
  return parent ? parent->image->sid : 0;
}

enum birth birth_of(const struct image_process *p) {
  const struct process *parent = p->ppid == 1 ? NULL : process_by_pid(p->ppid);
  if (!p->sid || leads_session(p) || p->sid == session_of_parent(p)) return BIRTH_PLAIN;
  if (parent && leads_session(parent->image) && p->sid == session_of_parent(parent->image)) return BIRTH_BEFORE;
  return process_by_pid(p->sid) ? BIRTH_ORPHAN : BIRTH_DEAD_SESSION;
}

static int is_taken(uint32_t id) {
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct process *process = &image.processes[i];
    if (process->image->pid == id || process->image->pgid == id || process->image->sid == id) return 1;
    for (uint32_t j = 0; j < process->thread_count; j++)
      if (process->threads[j].image->tid == id) return 1;
  }
  return 0;
}

/* From the top of the ids that every machine has. */
uint32_t free_id(const struct image_process *asker) {
  uint32_t place = 0, id = 32767;
  while (place < image.process_count && image.processes[place].image != asker) place++;
  for (;; id--)
    if (!is_taken(id) && place-- == 0) return id;
}
