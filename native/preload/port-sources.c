/* Where a datagram came from: a port of this instance is shown by its virtual number. Only datagrams bring an address along, so
 * the socket isn't asked for its type. */
#include "preload/abstract-names.h"
#include "preload/ids.h"
#include "preload/next.h"
#include "preload/port-lists.h"
#include "preload/ports.h"
#include <linux/netlink.h>

static bool wanted(const void *address) { return address != NULL && inside_table() != NULL; }

static void show(struct sockaddr *address, socklen_t room, socklen_t *length) {
  if (*length < sizeof address->sa_family || room < sizeof address->sa_family) return;
  if (address->sa_family == AF_UNIX) abstract_to_virtual(address, room, length);
  else address_to_virtual(-1, SOCK_DGRAM, address, room < *length ? room : *length);
}

EXPORT ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *address, socklen_t *length) {
  socklen_t room = wanted(address) && length != NULL && readable(length, sizeof *length) ? *length : 0;
  ssize_t result = NEXT(recvfrom)(fd, bytes, size, flags, address, length);
  if (result >= 0 && room > 0) show(address, room, length);
  return result;
}

EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t limit, int flags, struct sockaddr *address, socklen_t *length);
EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t limit, int flags, struct sockaddr *address, socklen_t *length) {
  socklen_t room = wanted(address) && length != NULL && readable(length, sizeof *length) ? *length : 0;
  ssize_t result = NEXT(__recvfrom_chk)(fd, bytes, size, limit, flags, address, length);
  if (result >= 0 && room > 0) show(address, room, length);
  return result;
}

/* What has come from the kernel itself, which is asked for lists of sockets. */
static void of_kernel(int fd, const struct msghdr *message, ssize_t size) {
  const struct sockaddr_nl *from = message->msg_name;
  if (message->msg_namelen < sizeof *from || from->nl_family != AF_NETLINK || from->nl_pid != 0 || message->msg_iovlen == 0) return;
  const struct iovec *first = message->msg_iov;
  port_list_answer(fd, first->iov_base, (size_t)size < first->iov_len ? (size_t)size : first->iov_len);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  bool shown = inside_table() != NULL && readable(message, sizeof *message) && wanted(message->msg_name);
  socklen_t room = shown ? message->msg_namelen : 0;
  ssize_t result = NEXT(recvmsg)(fd, message, flags);
  if (result >= 0) control_to_virtual(message);
  if (result >= 0 && room > 0) show(message->msg_name, room, &message->msg_namelen);
  if (result > 0 && room > 0) of_kernel(fd, message, result);
  return result;
}

/* The room of each is not kept: a message whose name was too short is left as the kernel has it. */
EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  int result = NEXT(recvmmsg)(fd, messages, count, flags, timeout);
  for (int i = 0; i < result; i++) control_to_virtual(&messages[i].msg_hdr);
  if (result <= 0 || inside_table() == NULL) return result;
  for (int i = 0; i < result; i++) {
    struct msghdr *message = &messages[i].msg_hdr;
    socklen_t length = message->msg_namelen;
    if (message->msg_name != NULL && length > 0 && length <= sizeof(struct sockaddr_un) && readable(message->msg_name, length))
      show(message->msg_name, length, &message->msg_namelen);
  }
  return result;
}
