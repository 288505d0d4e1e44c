/* Controlling terminals: a session's leader takes its own before it has children, and says who is in the foreground when all have
 * joined their groups. */
#ifndef FORGE_TERMINALS_H
#define FORGE_TERMINALS_H
#include "checkpoint/forge/image-index.h"

int terminal_control(const struct image_process *leader);
int terminal_foreground(const struct image_process *leader);
/** When all slaves are open: what would have kept them from being opened. 0 or -1. */
int terminals_finish(void);
/** What nobody has read yet, by a descriptor of the slave. 0 or -1. */
int typed_again(const struct description *master, long slave);
#endif
