/* Datagram sockets are bound first, all of them: then they can send to each other and be connected. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include <sys/un.h>

union any_address { union inet_address inet; struct sockaddr_un un; };

static int is_datagram(const struct description *d) {
  if (d->item.head->type != RECORD_SOCKET || d->fd < 0 || socket_of(d)->type != SOCK_DGRAM) return 0;
  uint32_t family = socket_of(d)->family;
  return family == AF_INET || family == AF_INET6 || family == AF_UNIX;
}

static int has_address(const struct description *d, const struct message *message) {
  const struct image_socket *s = socket_of(d);
  const struct sockaddr_un *from = (const void *)message->from;
  if (message->from_size <= sizeof from->sun_family || from->sun_family != s->family) return 0;
  if (s->family != AF_UNIX && message->from_size < sizeof(struct sockaddr_in)) return 0;
  if (s->family != AF_UNIX) { /* the port decides: what was bound to any address sends from one of them */
    const union inet_address *own = (const void *)s->address, *theirs = (const void *)message->from;
    return own->v4.sin_port == theirs->v4.sin_port && s->family == theirs->any.sa_family;
  }
  uint32_t head = offsetof(struct sockaddr_un, sun_path), size = d->item.head->name_size;
  if (!size || message->from_size < head + size) return 0;
  int skip = d->item.name[0] == '@';
  return !memcmp(d->item.name + skip, from->sun_path + skip, size - (uint32_t)skip);
}

/* Who had sent it, where it is still there; else a socket that nobody knows, one for each message: what one may have on its way is little. */
static int sender_of(const struct description *receiver, const struct message *message) {
  for (uint32_t i = 0; message->from_size && i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    if (is_datagram(d) && socket_of(d)->family == socket_of(receiver)->family && has_address(d, message)) return d->fd;
  }
  static int unknown[AF_INET6 + 1];
  int *known = &unknown[socket_of(receiver)->family];
  if (*known) sys_close(*known);
  *known = 0;
  long fd = sys3(SYS_socket, socket_of(receiver)->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int high = move_high(fd, "a sender of datagrams");
  return high < 0 ? high : (*known = high);
}

static int resend(const struct description *d) {
  const struct image_socket *s = socket_of(d);
  union any_address to;
  int size = sizeof to;
  if (!socket_queue(d)) return fail_number(-EPROTO, "read the datagrams of socket", d->item.head->id);
  if (!s->size) return 0;
  long r = sys3(SYS_getsockname, d->fd, &to, &size);
  if (r < 0) return fail_number(r, "ask for the address of socket", d->item.head->id);
  return send_messages(-1, d, &to, size, sender_of);
}

static int connect_inet(const struct description *d) {
  const struct image_socket *s = socket_of(d);
  union inet_address to;
  if (!s->peer_address_size) return 0;
  uint32_t size = address_here(s->peer_address, s->peer_address_size, s->type, &to);
  long r = sys3(SYS_connect, d->fd, &to, size);
  if (r == -ENETUNREACH || r == -EHOSTUNREACH) return 0; /* another network than the source had: sending will say so */
  if (r < 0) return fail_number(r, "connect datagram socket", d->item.head->id);
  return leads_outside(s) ? port_keep(d->fd, d) : 0;
}

static const char *peer_name(const struct description *d, uint32_t *size) {
  for (uint32_t i = 0; i < image.peer_count; i++)
    if (image.peers[i].head->id == d->item.head->id) {
      *size = image.peers[i].head->name_size;
      return image.peers[i].name;
    }
  return NULL;
}

/* By the peer's own word where it is of the image, else by name. Nobody there any more: the next message will say so. */
static int connect_unix(const struct description *d) {
  struct description *peer = description_by_id(socket_of(d)->peer);
  union any_address to = {.un.sun_family = AF_UNIX};
  uint32_t length = 0;
  int size = sizeof to;
  const char *name = peer_name(d, &length);
  if (peer && peer->fd >= 0 && peer->item.head->type == RECORD_SOCKET) {
    long r = sys3(SYS_getsockname, peer->fd, &to, &size);
    if (r < 0) return fail_number(r, "ask for the address of socket", peer->item.head->id);
  } else if (name && *name == '@') {
    size = (int)abstract_address(name, length, 0, &to.un);
    if (sys3(SYS_connect, d->fd, &to, size) >= 0) return 0;
    size = (int)abstract_address(name, length, 1, &to.un); /* nobody of this instance: the host's own */
  } else if (name) {
    struct line line = line_in(to.un.sun_path, sizeof to.un.sun_path);
    put(&line, path_here(name));
  } else {
    return 0;
  }
  long r = sys3(SYS_connect, d->fd, &to, size);
  return r < 0 && r != -ENOENT && r != -ECONNREFUSED && r != -EPERM ? fail_number(r, "connect datagram socket", d->item.head->id) : 0;
}

static int each(int (*finish)(const struct description *)) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    if (is_datagram(d) && !d->paired && finish(d) < 0) return -1;
  }
  return 0;
}

int datagrams_only_from_peer(const struct description *receiver) {
  const struct image_socket *s = socket_of(receiver);
  if (s->family != AF_UNIX || s->state != SOCKET_CONNECTED) return 0;
  return connect_unix(receiver) < 0 ? -1 : 1;
}

static int reconnect(const struct description *d) {
  if (socket_of(d)->state != SOCKET_CONNECTED) return 0;
  return socket_of(d)->family == AF_UNIX ? connect_unix(d) : connect_inet(d);
}

/* What waits comes first: a connected socket takes nothing but its partner's. */
int datagrams_finish(void) { return each(resend) < 0 ? -1 : each(reconnect); }
