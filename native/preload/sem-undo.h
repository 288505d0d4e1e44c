#ifndef PRELOAD_SEM_UNDO_H
#define PRELOAD_SEM_UNDO_H
#include <stddef.h>
#include <sys/sem.h>

/* After operations that the kernel has carried out: what it will undo. */
void undo_note(int id, const struct sembuf *operations, size_t count);
/* After a command that succeeded: what it has taken away. */
void undo_forget_after(int id, int number, int command);
#endif
