/* Where a datagram came from: a port of this instance is shown by its virtual number. Only datagrams bring an address along, so
 * the socket isn't asked for its type. */
#include "preload/ids.h"
#include "preload/ports.h"

static bool wanted(const void *address) {
  struct table *table;
  return address != NULL && (table = ports_table()) != NULL && ports_used(table, SOCK_DGRAM);
}

static void show(struct sockaddr *address, socklen_t room, socklen_t length) {
  if (length > 0) address_to_virtual(-1, SOCK_DGRAM, address, room < length ? room : length);
}

EXPORT ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *address, socklen_t *length) {
  socklen_t room = wanted(address) && length != NULL && readable(length, sizeof *length) ? *length : 0;
  ssize_t result = NEXT(recvfrom)(fd, bytes, size, flags, address, length);
  if (result >= 0 && room > 0) show(address, room, *length);
  return result;
}

EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t limit, int flags, struct sockaddr *address, socklen_t *length);
EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t limit, int flags, struct sockaddr *address, socklen_t *length) {
  socklen_t room = wanted(address) && length != NULL && readable(length, sizeof *length) ? *length : 0;
  ssize_t result = NEXT(__recvfrom_chk)(fd, bytes, size, limit, flags, address, length);
  if (result >= 0 && room > 0) show(address, room, *length);
  return result;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  bool shown = ports_table() != NULL && readable(message, sizeof *message) && wanted(message->msg_name);
  socklen_t room = shown ? message->msg_namelen : 0;
  ssize_t result = NEXT(recvmsg)(fd, message, flags);
  if (result >= 0) control_to_virtual(message);
  if (result >= 0 && room > 0) show(message->msg_name, room, message->msg_namelen);
  return result;
}

/* The room of each is not kept: a message whose name was too short is left as the kernel has it. */
EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  int result = NEXT(recvmmsg)(fd, messages, count, flags, timeout);
  for (int i = 0; i < result; i++) control_to_virtual(&messages[i].msg_hdr);
  struct table *table = result > 0 ? ports_table() : NULL;
  if (table == NULL || !ports_used(table, SOCK_DGRAM)) return result;
  for (int i = 0; i < result; i++) {
    struct msghdr *message = &messages[i].msg_hdr;
    socklen_t length = message->msg_namelen;
    if (message->msg_name != NULL && (length == sizeof(struct sockaddr_in) || length == sizeof(struct sockaddr_in6)) &&
        readable(message->msg_name, length))
      show(message->msg_name, length, length);
  }
  return result;
}
