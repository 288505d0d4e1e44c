/* What a socket is told about itself and its peer. */
#include "preload/abstract-names.h"
#include "preload/ids.h"
#include "preload/next.h"
#include "preload/ports.h"

/* The room that the caller gave, read before the kernel writes the true length there. */
static socklen_t room_at(const struct sockaddr *address, const socklen_t *length) {
  return address != NULL && length != NULL && readable(length, sizeof *length) ? *length : 0;
}

static bool is_connected(int fd) {
  union address peer;
  uint32_t size = sizeof peer;
  return raw3(SYS_getpeername, fd, &peer, &size) == 0;
}

static void name_to_virtual(int fd, struct sockaddr *address, socklen_t room, socklen_t length) {
  union address a;
  if (ports_table() == NULL || length < sizeof a.v4 || length > sizeof a) return; /* not an internet address */
  uint32_t size = sizeof a;
  if (raw3(SYS_getsockname, fd, &a, &size) != 0) return;
  const struct table_port *entry = port_of_own(fd, 0, &a);
  if (entry == NULL) return;
  address_as_asked(entry, &a, is_connected(fd));
  memcpy(address, &a, room < size ? room : size);
}

/* FIG. 13, steps 542-554 (FIG. 15, steps 592 and 596): the call goes to the system as it is; what it returns is looked up in the
 * AID's table, and the caller is given the virtual port. */
EXPORT int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  socklen_t room = inside_table() != NULL ? room_at(address, length) : 0;
  int result = NEXT(getsockname)(fd, address, length);
  if (result == 0 && room > 0 && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
    name_to_virtual(fd, address, room, *length);
  else if (result == 0 && room > 0)
    abstract_name_of(fd, SYS_getsockname, address, room, length);
  return result;
}

static void peer_to_virtual(int fd, struct sockaddr *address, socklen_t room, socklen_t *length) {
  if (room >= sizeof address->sa_family && address->sa_family == AF_UNIX) abstract_name_of(fd, SYS_getpeername, address, room, length);
  else address_to_virtual(fd, 0, address, room < *length ? room : *length);
}

EXPORT int getpeername(int fd, struct sockaddr *address, socklen_t *length) {
  socklen_t room = inside_table() != NULL ? room_at(address, length) : 0;
  int result = NEXT(getpeername)(fd, address, length);
  if (result == 0 && room > 0) peer_to_virtual(fd, address, room, length);
  return result;
}

EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  if (LIKELY(level != SOL_SOCKET || name != SO_PEERNAME)) {
    int result = NEXT(getsockopt)(fd, level, name, value, length);
    if (result == 0 && name == SO_PEERCRED) credentials_to_virtual(level, name, value, *length);
    return result;
  }
  socklen_t room = room_at(value, length);
  int result = NEXT(getsockopt)(fd, level, name, value, length);
  if (result == 0 && room > 0) peer_to_virtual(fd, value, room, length);
  return result;
}

EXPORT int accept(int fd, struct sockaddr *address, socklen_t *length) {
  socklen_t room = inside_table() != NULL ? room_at(address, length) : 0;
  int result = NEXT(accept)(fd, address, length);
  if (result >= 0 && room > 0) peer_to_virtual(result, address, room, length);
  return result;
}

EXPORT int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  socklen_t room = inside_table() != NULL ? room_at(address, length) : 0;
  int result = NEXT(accept4)(fd, address, length, flags);
  if (result >= 0 && room > 0) peer_to_virtual(result, address, room, length);
  return result;
}
