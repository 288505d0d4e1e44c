/* Where a socket is sent: a port of this instance by its virtual number becomes the system's. */
#include "preload/abstract-names.h"
#include "preload/ids.h"
#include "preload/next.h"
#include "preload/ports.h"
#include "preload/proc.h"

/* The address to use: `changed` when it was translated, else the caller's own. */
static const struct sockaddr *target(int fd, int type, const struct sockaddr *address, socklen_t *length, union address *changed) {
  struct table *table = ports_table();
  if (address == NULL || table == NULL || !(ports_used(table, SOCK_DGRAM) || ports_used(table, SOCK_STREAM))) return address;
  if (!address_copy(changed, address, *length) || !address_to_system(fd, type, changed)) return address;
  if (*length > address_size(changed)) *length = address_size(changed);
  return &changed->any;
}

/* A stream that is sent to ignores the address, save when it opens the connection at once. */
static int type_sent(int flags) { return flags & MSG_FASTOPEN ? SOCK_STREAM : SOCK_DGRAM; }

/* FIG. 12, steps 532-540: the caller names a virtual port; the AID's table is looked up, and the call goes on with the system's. */
EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length) {
  struct unix_name own;
  int kept = errno;
  if (abstract_to_system(address, length, &own)) {
    int result = NEXT(connect)(fd, (struct sockaddr *)&own.address, own.length);
    if (result == 0 || errno != ECONNREFUSED) return result;
    errno = kept; /* nobody of this instance: the host's own */
  } else if (proc_socket(address, length, &own)) return NEXT(connect)(fd, (struct sockaddr *)&own.address, own.length);
  union address changed;
  const struct sockaddr *real = target(fd, 0, address, &length, &changed);
  return NEXT(connect)(fd, real, length);
}
EXPORT int __connect(int fd, const struct sockaddr *address, socklen_t length) { return connect(fd, address, length); }

EXPORT ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
  struct unix_name own;
  int kept = errno;
  if (abstract_to_system(address, length, &own)) {
    ssize_t sent = NEXT(sendto)(fd, bytes, size, flags, (struct sockaddr *)&own.address, own.length);
    if (sent >= 0 || errno != ECONNREFUSED) return sent;
    errno = kept;
  }
  union address changed;
  const struct sockaddr *real = target(fd, type_sent(flags), address, &length, &changed);
  return NEXT(sendto)(fd, bytes, size, flags, real, length);
}

/* `changed` becomes the message with its target translated. */
static bool retarget(int fd, int flags, const struct msghdr *message, struct msghdr *changed, union address *address) {
  if (message->msg_name == NULL) return false;
  *changed = *message;
  const struct sockaddr *real = target(fd, type_sent(flags), message->msg_name, &changed->msg_namelen, address);
  changed->msg_name = (void *)real;
  return real != message->msg_name;
}

static bool is_abstract(const struct msghdr *message, struct unix_name *own) {
  return abstract_to_system(message->msg_name, message->msg_namelen, own);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  struct msghdr changed, named;
  struct unix_name own;
  _Alignas(struct cmsghdr) char room[256]; /* credentials and a few descriptors */
  int kept = errno;
  bool seen = inside_table() != NULL && readable(message, sizeof *message);
  if (seen && ids_on()) message = control_to_system(message, &named, room, sizeof room);
  if (seen && is_abstract(message, &own)) {
    changed = *message;
    changed.msg_name = &own.address;
    changed.msg_namelen = own.length;
    ssize_t sent = NEXT(sendmsg)(fd, &changed, flags);
    if (sent >= 0 || errno != ECONNREFUSED) return sent;
    errno = kept;
  }
  union address address;
  if (seen && ports_table() != NULL && retarget(fd, flags, message, &changed, &address))
    return NEXT(sendmsg)(fd, &changed, flags);
  return NEXT(sendmsg)(fd, message, flags);
}

/* One call a message when one of them has to be changed; the answer is the same, the number that was sent. */
static int send_each(int fd, struct mmsghdr *messages, unsigned count, int flags) {
  unsigned sent = 0;
  for (; sent < count; sent++) {
    ssize_t size = sendmsg(fd, &messages[sent].msg_hdr, flags);
    if (size < 0) break;
    messages[sent].msg_len = (unsigned)size;
  }
  return sent > 0 || count == 0 ? (int)sent : -1;
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) {
  struct table *table = ports_table();
  if (count > 1024) count = 1024; /* the kernel's own limit */
  if (inside_table() == NULL || !readable(messages, count * sizeof *messages)) return NEXT(sendmmsg)(fd, messages, count, flags);
  if (ids_on()) return send_each(fd, messages, count, flags);
  bool ports = table != NULL && ports_used(table, SOCK_DGRAM);
  struct msghdr changed;
  struct unix_name own;
  union address address;
  for (unsigned i = 0; i < count; i++) {
    const struct msghdr *message = &messages[i].msg_hdr;
    if (is_abstract(message, &own) || (ports && retarget(fd, flags, message, &changed, &address))) return send_each(fd, messages, count, flags);
  }
  return NEXT(sendmmsg)(fd, messages, count, flags);
}
EXPORT int __sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
EXPORT int __sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) { return sendmmsg(fd, messages, count, flags); }
