/* A connection that waits to be accepted: made to the same listener, which accepts it when the application does. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include <sys/un.h>

/* The first of those who wait at the same listener, came before, and are not there yet. */
static struct description *first_missing(const struct description *d) {
  const struct image_socket *own = socket_of(d);
  struct description *first = NULL;
  for (uint32_t i = 0; i < image.description_count; i++) {
    struct description *other = &image.descriptions[i];
    if (other->done || other->late || other->kept >= 0 || other->item.head->type != RECORD_SOCKET) continue;
    const struct image_socket *s = socket_of(other);
    if (s->state != SOCKET_WAITING || s->listener != own->listener || s->backlog >= own->backlog) continue;
    if (!first || s->backlog < socket_of(first)->backlog) first = other;
  }
  return first;
}

/* They are accepted in the order in which they came. */
static int make_earlier(const struct description *d) {
  for (struct description *other; (other = first_missing(d));)
    if (description_make(other) < 0) return -1;
  return 0;
}

int make_waiting(struct description *d) {
  const struct image_socket *s = socket_of(d);
  struct description *listener = description_by_id(s->listener);
  union { union inet_address inet; struct sockaddr_un un; } to;
  int size = sizeof to;
  if (!listener || listener->item.head->type != RECORD_SOCKET || socket_of(listener)->state != SOCKET_LISTENING)
    return fail_number(-EPROTO, "find the listener of socket", d->item.head->id);
  if (description_make(listener) < 0 || make_earlier(d) < 0) return -1;
  int fd = socket_new(d);
  if (fd < 0) return -1;
  long r = sys3(SYS_getsockname, listener->fd, &to, &size);
  if (r >= 0 && s->family != AF_UNIX) size = (int)address_for((int)s->family, &to.inet);
  if (r >= 0 && enter_directory_of(listener) < 0) return -1;
  if (r >= 0) r = s->family == AF_UNIX ? AS(peer_of(d), SYS_connect, fd, (long)&to, size) : sys3(SYS_connect, fd, &to, size);
  if (leave_directory() < 0) return -1;
  if (r < 0) return fail_number(r, "connect again socket", d->item.head->id);
  return socket_options(fd, d) < 0 ? -1 : socket_finish(fd, d);
}
