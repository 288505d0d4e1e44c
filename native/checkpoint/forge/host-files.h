/* The host's files that an instance gets: opened while the init is in the host's mount namespace. */
#ifndef FORGE_HOST_FILES_H
#define FORGE_HOST_FILES_H
#include "checkpoint/forge/order.h"
/** Opens status= and the three standard streams into `init`. 0 or -1. */
int host_files_open(const struct order *order);
#endif
