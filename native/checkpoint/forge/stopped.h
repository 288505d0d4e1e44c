/* Processes that were stopped stop themselves as their last step. */
#ifndef FORGE_STOPPED_H
#define FORGE_STOPPED_H
/** Waits until they all stand still, or have ended: who is told of the instance may look at it, or have one of them continued. Not for long, for
 *  another process of the application may have continued it already. */
void await_stopped(void);
#endif
