#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

int make_bound_inet(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int fd = socket_new(d);
  if (fd < 0 || socket_options(fd, d) < 0) return -1;
  /* One that sends to outside can't be bound to the loopback: it gets its port when it is connected (make-datagrams.c). */
  if (s->state != SOCKET_UNBOUND && s->address_size && !leads_outside(s)) {
    int port = port_bind(fd, d);
    if (port < 0) return -1;
    d->port = (uint16_t)port;
  }
  if (s->state == SOCKET_LISTENING) {
    long r = sys2(SYS_listen, fd, s->backlog);
    if (r < 0) return fail_number(r, "listen at virtual port", s->virtual_port);
  }
  return socket_finish(fd, d);
}
