/* Processes that were stopped stop themselves as their last step. */
#ifndef FORGE_STOPPED_H
#define FORGE_STOPPED_H
#include <stdint.h>

/** Threads of such processes; 0: there are none. */
uint32_t stopping_threads(void);
/** Waits until they all stand still, or have ended, before anybody else goes on who could have one of them continued: 0, or -1 after fail(). */
int await_stopped(void);
#endif
