/* The /dev of an instance in a user namespace: the host's own nodes, for it may make none. */
#ifndef FORGE_USER_DEVICES_H
#define FORGE_USER_DEVICES_H

/** In the working directory, which will be the root. 0 or -1. */
int user_devices_make(void);
#endif
