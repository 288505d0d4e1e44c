/* Who came in from outside (exec) and is nobody's child in the instance. */
#ifndef FORGE_GUESTS_H
#define FORGE_GUESTS_H

/** Waits until none is there any more; a second at most. */
void let_guests_leave(void);
#endif
