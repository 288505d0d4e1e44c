/* Timers are armed last of all: none fires into a half-made process, and none loses the time that the making takes. */
#ifndef FORGE_TIMERS_H
#define FORGE_TIMERS_H
#include "checkpoint/forge/image-index.h"

/** Creates the process's POSIX timers with their old ids, not armed. 0 or -1. */
int timers_create(const struct process *process);
/** After the resume: arms its POSIX and interval timers. 0 or -1. */
int timers_arm(const struct process *process);
/** In the init, just before the resume: arms all timerfds and sets their expiry counts. 0 or -1. */
int timerfds_arm(void);
#endif
