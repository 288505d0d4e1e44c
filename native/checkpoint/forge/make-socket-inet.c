#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

/* Datagrams can wait in the queue: they come back from a socket of ours, since their senders are gone. */
static int resend(int fd, const struct description *d) {
  const struct image_socket *s = socket_of(d);
  const char *at = socket_queue(d), *end = at + s->size;
  union inet_address to = {0};
  int size = sizeof to;
  if (!s->size || s->type != SOCK_DGRAM || sys3(SYS_getsockname, fd, &to, &size) < 0) return 0;
  long sender = sys3(SYS_socket, s->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender < 0) return fail_number(sender, "make a sender for socket", d->item.head->id);
  for (uint64_t length; at + sizeof length <= end; at += sizeof length + ((length + 7) & ~7ull)) {
    memcpy(&length, at, sizeof length);
    sys6(SYS_sendto, sender, at + sizeof length, length, MSG_DONTWAIT, &to, size);
  }
  sys_close(sender);
  return 0;
}

/* Without a handshake there is nothing to reset: a datagram socket keeps its partner. */
static int reconnect(int fd, const struct image_socket *s) {
  if (s->state != SOCKET_CONNECTED || s->type != SOCK_DGRAM || !s->peer_address_size) return 0;
  long r = sys3(SYS_connect, fd, s->peer_address, s->peer_address_size);
  return r < 0 && r != -ENETUNREACH && r != -EHOSTUNREACH ? fail(r, "connect", "a datagram socket") : 0;
}

int make_bound_inet(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int fd = socket_new(d);
  if (fd < 0 || socket_options(fd, d) < 0) return -1;
  if (s->state != SOCKET_UNBOUND && s->address_size) {
    int port = port_bind(fd, d);
    if (port < 0) return -1;
    d->port = (uint16_t)port;
  }
  if (s->state == SOCKET_LISTENING) {
    long r = sys2(SYS_listen, fd, s->backlog);
    if (r < 0) return fail_number(r, "listen at virtual port", s->virtual_port);
  }
  if (resend(fd, d) < 0 || reconnect(fd, s) < 0) return -1;
  return socket_finish(fd, d);
}
