/* Where the forge is at home: the mount namespace that views and the store are mounted in, and the root that their paths begin at. */
#ifndef FORGE_HOST_H
#define FORGE_HOST_H
/** Opens both: forge.host_namespace and forge.host_root. 0 or -1. */
int host_remember(void);
/** The forge itself, from another mount namespace; finds out whether the root is one that the namespace doesn't lead to. 0 or -1. */
int host_come_back(void);
/** Enters a mount namespace, and a root of it unless that is -1: the namespace's own then. The working directory is the root. 0 or -1. */
int join_mounts(int space, int root);
#endif
