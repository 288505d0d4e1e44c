/* A connection to outside belongs to the source; a clone finds it reset, as after a failure of the network. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/parts.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"

static int reset_unix(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int ends[2];
  long r = AS(peer_of(d), SYS_socketpair, AF_UNIX, s->type | SOCK_CLOEXEC, 0, (long)ends);
  if (r < 0) return fail_number(r, "make a socket pair of type", s->type);
  if (socket_options(ends[0], d) < 0) return -1;
  if (parts_of(d)) {
    d->parting = 1;
    return (d->filler = move_high(ends[1], "the other end")) < 0 ? -1 : ends[0];
  }
  int filled = socket_refill(ends[1], d); /* what the other end had sent before it went */
  sys_close(ends[1]);
  return filled < 0 ? -1 : socket_finish(ends[0], d);
}

/* One listener serves all connections of the image; it isn't seen outside this file. */
static int throwaway_listener(int family, union inet_address *at) {
  static int listeners[2] = {-1, -1};
  static union inet_address addresses[2];
  int six = family == AF_INET6;
  int size = sizeof *at;
  if (listeners[six] < 0) {
    uint32_t length = loopback_address(&addresses[six], family, 0, 0);
    long fd = sys3(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(fd, "make", "a throwaway listener");
    long r = sys3(SYS_bind, fd, &addresses[six], length);
    if (r >= 0) r = sys2(SYS_listen, fd, 1);
    if (r >= 0) r = sys3(SYS_getsockname, fd, &addresses[six], &size);
    if (r < 0) return fail(r, "listen at", "a throwaway listener");
    listeners[six] = (int)fd;
  }
  *at = addresses[six];
  return listeners[six];
}

#define HEARD_ALL 4u /* image_socket.shutdown */

/* Closing with a linger of zero sends RST: reads give ECONNRESET, polls POLLHUP and POLLERR. An end that had heard all is given what it
 * has not read, and the end. */
static int reset_tcp(struct description *d) {
  const struct image_socket *s = socket_of(d);
  union inet_address to;
  int listener = throwaway_listener((int)s->family, &to), fd = socket_new(d);
  if (listener < 0 || fd < 0) return -1;
  long r = sys3(SYS_connect, fd, &to, s->family == AF_INET6 ? sizeof to.v6 : sizeof to.v4);
  long other = r < 0 ? r : sys4(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC);
  if (other < 0) return fail(other, "make", "a connection to reset");
  struct linger at_once = {1, 0};
  if (s->shutdown & HEARD_ALL) r = socket_refill((int)other, d);
  else if ((r = sys5(SYS_setsockopt, other, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once)) < 0) fail_number(r, "have reset socket", d->item.head->id);
  if (r < 0) return -1;
  sys_close(other);
  if (socket_options(fd, d) < 0) return -1;
  return socket_finish(fd, d);
}

int make_reset(struct description *d) {
  const struct image_socket *s = socket_of(d);
  return s->family == AF_UNIX ? reset_unix(d) : reset_tcp(d);
}
