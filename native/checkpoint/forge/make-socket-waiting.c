/* A connection that waits to be accepted: made to the same listener, which accepts it when the application does. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include <sys/un.h>

int make_waiting(struct description *d) {
  const struct image_socket *s = socket_of(d);
  struct description *listener = description_by_id(s->listener);
  union { union inet_address inet; struct sockaddr_un un; } to;
  int size = sizeof to;
  if (!listener || listener->item.head->type != RECORD_SOCKET || socket_of(listener)->state != SOCKET_LISTENING)
    return fail_number(-EPROTO, "find the listener of socket", d->item.head->id);
  if (description_make(listener) < 0) return -1;
  int fd = socket_new(d);
  if (fd < 0) return -1;
  long r = sys3(SYS_getsockname, listener->fd, &to, &size);
  if (r >= 0 && s->family != AF_UNIX) size = (int)address_for((int)s->family, &to.inet);
  if (r >= 0 && enter_directory_of(listener) < 0) return -1;
  if (r >= 0) r = s->family == AF_UNIX ? AS(peer_of(d), SYS_connect, fd, (long)&to, size) : sys3(SYS_connect, fd, &to, size);
  sys1(SYS_chdir, "/");
  if (r < 0) return fail_number(r, "connect again socket", d->item.head->id);
  return socket_options(fd, d) < 0 ? -1 : socket_finish(fd, d);
}
