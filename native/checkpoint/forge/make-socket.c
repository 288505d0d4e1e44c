#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/kept.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/filter.h>
#include <linux/netlink.h>

static const struct image_socket_option *options_of(const struct description *d) {
  return (const void *)(socket_of(d) + 1);
}

const char *socket_queue(const struct description *d) {
  const struct image_socket *s = socket_of(d);
  uint64_t head = sizeof *s + s->options_count * sizeof(struct image_socket_option);
  return head + s->size > d->item.size ? NULL : (const char *)d->item.data + head;
}

int socket_new(const struct description *d) {
  const struct image_socket *s = socket_of(d);
  long fd = sys3(SYS_socket, s->family, s->type | SOCK_CLOEXEC, s->protocol);
  return fd < 0 ? fail_number(fd, "make a socket of family", s->family) : (int)fd;
}

/* Rights that this machine may refuse even root (priorities, forced buffer sizes) must not cost the clone. */
static int may_miss(long error) { return error == -EPERM || error == -EACCES || error == -ENOPROTOOPT; }

/* Which family a connection is of has been settled by connecting it. */
static int is_settled(const struct image_socket *s, const struct image_socket_option *o) {
  return s->state >= SOCKET_CONNECTED && o->level == IPPROTO_IPV6 && o->name == IPV6_V6ONLY;
}

int socket_options(int fd, const struct description *d) {
  if (!socket_queue(d)) return fail_number(-EPROTO, "read the options of socket", d->item.head->id);
  const struct image_socket_option *o = options_of(d);
  for (uint16_t i = 0; i < socket_of(d)->options_count; i++, o++) {
    uint32_t size = o->size > sizeof o->value ? sizeof o->value : o->size;
    long r = sys5(SYS_setsockopt, fd, o->level, o->name, o->value, size);
    if (r < 0 && !may_miss(r) && !is_settled(socket_of(d), o)) return fail_number(r, "set a socket's option number", o->name);
  }
  return 0;
}

static int attach_filter(int fd, const struct item *filter) {
  struct sock_fprog program = {(uint16_t)(filter->size / sizeof(struct sock_filter)), (struct sock_filter *)filter->data};
  int locked = 1;
  long r = sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  if (r >= 0 && filter->head->name_size) r = sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof locked);
  return r < 0 ? fail_number(r, "filter again what comes to socket", filter->head->id) : 0;
}

int socket_finish(int fd, const struct description *d) {
  const struct image_socket *s = socket_of(d);
  for (uint32_t i = 0; i < image.socket_filter_count; i++)
    if (image.socket_filters[i].head->id == d->item.head->id && attach_filter(fd, &image.socket_filters[i]) < 0) return -1;
  long r = s->shutdown & 1 ? sys2(SYS_shutdown, fd, SHUT_RD) : 0;
  if ((r >= 0 || r == -ENOTCONN) && s->shutdown & 2) r = sys2(SYS_shutdown, fd, SHUT_WR);
  if (r < 0 && r != -ENOTCONN) return fail_number(r, "shut down socket", d->item.head->id); /* what has ended has both its ways shut */
  if (!(s->flags & O_NONBLOCK)) return fd;
  r = sys3(SYS_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK);
  return r < 0 ? fail_number(r, "set the flags of socket", d->item.head->id) : fd;
}

static int make_other(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int fd = socket_new(d);
  if (fd < 0 || socket_options(fd, d) < 0) return -1;
  if (s->state != SOCKET_UNBOUND && s->address_size) {
    long r = sys3(SYS_bind, fd, s->address, s->address_size);
    if (r == -EADDRINUSE && s->family == AF_NETLINK) { /* the source still has its number: any other does */
      struct sockaddr_nl any = {.nl_family = AF_NETLINK, .nl_groups = ((const struct sockaddr_nl *)s->address)->nl_groups};
      r = sys3(SYS_bind, fd, &any, sizeof any);
    }
    if (r < 0) return fail_number(r, "bind a socket of family", s->family);
  }
  return socket_finish(fd, d);
}

/* Of two datagram sockets without names each can only have been made with the other. */
static int is_datagram_pair(const struct description *d, const struct description *peer) {
  return socket_of(d)->family == AF_UNIX && socket_of(peer)->peer == d->item.head->id && !d->item.head->name_size && !peer->item.head->name_size;
}

int make_socket(struct description *d) {
  const struct image_socket *s = socket_of(d);
  if (s->address_size > sizeof s->address || s->peer_address_size > sizeof s->peer_address)
    return fail_number(-EPROTO, "read the address of socket", d->item.head->id);
  if (d->kept >= 0) return kept_take(d);
  if (s->family != AF_INET && s->family != AF_INET6 && s->family != AF_UNIX) return make_other(d);
  if (s->state == SOCKET_WAITING) return make_waiting(d);
  if (s->state == SOCKET_CONNECTED) {
    struct description *peer = s->peer ? description_by_id(s->peer) : NULL;
    int has_peer = peer && peer->item.head->type == RECORD_SOCKET && (peer->in_table || peer == d);
    if (has_peer && (s->type != SOCK_DGRAM || is_datagram_pair(d, peer))) return make_connection(d);
    if (s->type != SOCK_DGRAM) return make_reset(d);
  }
  return s->family == AF_UNIX ? make_bound_unix(d) : make_bound_inet(d);
}
