/* In which session a process must be born to be in its own: a child is born in its parent's, and never leaves it but to lead one. */
#ifndef FORGE_BIRTHS_H
#define FORGE_BIRTHS_H
#include "checkpoint/forge/image-index.h"

enum birth {
  BIRTH_PLAIN,        /* its parent's session as it is now, or it leads one itself */
  BIRTH_BEFORE,       /* the session that its parent was in before it became a leader */
  BIRTH_ORPHAN,       /* a session whose leader lives and is not its parent */
  BIRTH_DEAD_SESSION, /* a session whose leader has ended */
};
enum birth birth_of(const struct image_process *process);
static inline int leads_session(const struct image_process *p) { return p->sid == p->pid; }
/** An id that nobody of the image has, another for each `asker`. */
uint32_t free_id(const struct image_process *asker);
#endif
