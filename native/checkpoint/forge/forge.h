/* What the forge knows for as long as it lives. */
#ifndef FORGE_FORGE_H
#define FORGE_FORGE_H

#include <stdint.h>

struct forge {
  int host_namespace;      /* the mount namespace that views and the store are mounted in */
  int host_root;           /* -1 where it is that namespace's own */
  int blank_namespace;     /* see blank.h */
  int unprivileged;        /* see user-namespace.h */
  int listener;
  uint64_t socket_inode;   /* of the socket's name: another there means that nobody can reach us any more */
  char socket[256];
  char state_dir[256];
};
extern struct forge forge;
#endif
