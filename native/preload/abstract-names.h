/* Abstract unix names belong to the network namespace, which instances share. Each instance has its own: the table's tag stands before
 * them, and the application never sees it. */
#ifndef PRELOAD_ABSTRACT_NAMES_H
#define PRELOAD_ABSTRACT_NAMES_H
#include "preload/inside.h"
#include <sys/socket.h>
#include <sys/un.h>

struct unix_name {
  struct sockaddr_un address;
  socklen_t length;
};

/* The name as the system has it. False: it is none, or it is too long for a tag and stays as it is. */
bool abstract_to_system(const struct sockaddr *address, socklen_t length, struct unix_name *name);
/* What the kernel has written at `address`, where there is room for `room` bytes, as the application knows it. */
void abstract_to_virtual(struct sockaddr *address, socklen_t room, socklen_t *length);
/* As above for what getsockname or getpeername has said (`call`), asked for once more where it was cut off. */
void abstract_name_of(int fd, long call, struct sockaddr *address, socklen_t room, socklen_t *length);
#endif
