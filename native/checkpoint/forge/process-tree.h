/* FIG. 6, steps 310-312: for each image a process is created, with its old id, under its old parent. */
#ifndef FORGE_PROCESS_TREE_H
#define FORGE_PROCESS_TREE_H
#include "checkpoint/forge/image-index.h"

/** Makes the init's children, each of which makes its own, and so on. 0 or -1; doesn't wait for them. */
int processes_create(void);
/** clone3 with this id: 0 in the child, its id in the caller, or -1. */
long process_spawn(uint32_t pid, uint64_t flags, int exit_signal);
/** In a process, when all exist: joins its process group. 0 or -1. */
int join_group(const struct process *process);

/** What a new process does with itself (private-state.c); never returns. */
_Noreturn void restore_private_state(struct process *process);
#endif
