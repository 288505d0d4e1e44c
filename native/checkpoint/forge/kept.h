/* Sockets that a holder has kept since the instance was suspended. */
#ifndef FORGE_KEPT_H
#define FORGE_KEPT_H
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/order.h"

/** Takes them from the holder that listens where the order's kept= says; nobody there is no failure. In the host's mount namespace,
 *  once the image is indexed. 0 or -1. */
int kept_open(const struct order *order);
/** The socket that was kept in this one's place, moved to the caller; -1: none was. */
int kept_take(struct description *d);
/** The connection to the holder outlives close_kept(). 0 or -1. */
int kept_spare(void);
/** The instance has them now: the holder may end. 0 or -1. */
int kept_taken(void);
#endif
