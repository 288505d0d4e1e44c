#ifndef FORGE_RESUME_H
#define FORGE_RESUME_H
#include "checkpoint/forge/image-index.h"
/** FIG. 6, steps 326-332 for one thread: waits for all the others, then goes on as the application. */
_Noreturn void resume(struct process *process, struct thread *thread);
#endif
