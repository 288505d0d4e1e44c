/* Steps 320-322: an end whose other end is in the same image is reconnected with it, bytes on their way included. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/parts.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include <sys/un.h>
#include <time.h>

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif
#define SEND_BUFFER_LOCK 1 /* SOCK_SNDBUF_LOCK: a size that was asked for */

/* A new connection's buffers are small: room is made for what waited in grown ones, and they go on growing by themselves. */
static int make_room(int fd, uint64_t size) {
  int wanted = size > 0x20000000 ? 0x20000000 : (int)size, locks = 0, length = sizeof locks;
  long known = sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_BUF_LOCK, &locks, &length), r = known;
  if (r >= 0 || r == -ENOPROTOOPT) r = sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted);
  if (r == -EPERM) r = sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  if (r >= 0 && known >= 0 && !(locks & SEND_BUFFER_LOCK)) r = sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_BUF_LOCK, &locks, sizeof locks);
  return r < 0 ? fail(r, "make room for", "the bytes queued in a connection") : 0;
}

static int send_stream(int fd, struct image_sender who, const struct part *part, const char *from, uint64_t size) {
  int roomy = 0;
  for (uint64_t done = 0; done < size;) {
    long n = part_send(fd, who, done ? NULL : part, from + done, size - done, NULL, 0);
    if (n == -EAGAIN && !roomy++) {
      if (make_room(fd, size) < 0) return -1;
      continue;
    }
    if (n <= 0) return fail(n ? n : -EIO, "send again", "the bytes queued in a connection");
    done += (uint64_t)n;
  }
  return 0;
}

/* Each part by who had sent it, with what came with its first byte. */
static int send_parts(int fd, const struct description *receiver, const struct item *parts, const char *queue) {
  const char *at = parts->data, *end = at + parts->size;
  const uint64_t size = socket_of(receiver)->size;
  for (struct part part, next; at < end;) {
    at = part_read(at, end, &part);
    uint64_t to = at && at < end && part_read(at, end, &next) ? next.image->at : size;
    if (!at || part.image->at > to || to > size) return fail_number(-EPROTO, "read the parts queued in socket", receiver->item.head->id);
    struct image_sender who = part.image->who.pid ? part.image->who : peer_of(receiver);
    if (send_stream(fd, who, &part, queue + part.image->at, to - part.image->at) < 0) return -1;
  }
  return 0;
}

/* Only those of the messages are told that descriptors came with. */
static const char *part_of_message(const char *at, const char *end, uint64_t index, struct part *part) {
  for (; at && at < end; at = part_read(at, end, part))
    if (part_read(at, end, part) && part->image->at == index) return at;
  return NULL;
}

int send_messages(int fd, const struct description *receiver, const void *to, int to_size, int (*sender_of)(const struct description *, const struct message *)) {
  const struct item *parts = parts_of(receiver);
  const char *at = socket_queue(receiver), *end = at + socket_of(receiver)->size;
  struct message message;
  struct part part;
  for (uint64_t index = 0; at < end; index++) {
    if (!(at = message_read(at, end, &message))) return fail_number(-EPROTO, "read the messages queued in socket", receiver->item.head->id);
    int sender = sender_of ? sender_of(receiver, &message) : fd;
    const char *with = parts ? part_of_message(parts->data, (const char *)parts->data + parts->size, index, &part) : NULL;
    long n = sender < 0 ? -ENOTCONN : part_send(sender, message.who, with ? &part : NULL, message.bytes, message.size, to, to_size);
    if (n == -EAGAIN && sender_of && datagrams_only_from_peer(receiver) == 1)
      n = part_send(sender, message.who, with ? &part : NULL, message.bytes, message.size, to, to_size);
    if (n < 0) return fail_number(n, "send again a message to socket", receiver->item.head->id);
  }
  return 0;
}

const char *message_read(const char *at, const char *end, struct message *message) {
  uint64_t head;
  if ((uint64_t)(end - at) < sizeof head + sizeof message->who) return NULL;
  memcpy(&head, at, sizeof head);
  memcpy(&message->who, at + sizeof head, sizeof message->who);
  message->size = (uint32_t)head;
  message->from_size = (uint32_t)(head >> 32);
  message->from = at + sizeof head + sizeof message->who;
  uint64_t room = (uint64_t)(end - message->from), first = ((uint64_t)message->from_size + 7) & ~7ull;
  uint64_t second = ((uint64_t)message->size + 7) & ~7ull;
  if (first > room || second > room - first) return NULL;
  message->bytes = message->from + first;
  return message->bytes + second;
}

/* Of a stream whose receiver didn't ask only who made the other end is known, who will nearly always have sent what came from there. */
int socket_refill(int sender, const struct description *receiver) {
  const struct image_socket *s = socket_of(receiver);
  const struct item *parts = parts_of(receiver);
  const char *queue = socket_queue(receiver);
  if (!queue) return fail_number(-EPROTO, "read the bytes queued in socket", receiver->item.head->id);
  if (!s->size) return 0;
  if (s->type != SOCK_STREAM) return send_messages(sender, receiver, NULL, 0, NULL);
  if (parts) return send_parts(sender, receiver, parts, queue);
  const struct image_sender nobody = {0, 0, 0, 0};
  return send_stream(sender, s->family == AF_UNIX ? peer_of(receiver) : nobody, NULL, queue, s->size);
}

/* Two turns: what goes one way may still have to be sent when the other is shut down. */
int connections_finish(void) {
  for (uint32_t i = 0; i < image.description_count; i++)
    if (image.descriptions[i].filler && socket_refill(image.descriptions[i].filler, &image.descriptions[i]) < 0) return -1;
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    if (d->parting) sys_close(d->filler);
    if (d->filler && socket_finish(d->fd, d) < 0) return -1;
  }
  return 0;
}

static int accept_from(int listener, int client, struct image_sender who, const void *to, uint32_t size) {
  long r = AS(who, SYS_connect, client, (long)to, size);
  if (r < 0) return fail(r, "connect", "a connection within the image");
  long fd = sys4(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC);
  return fd < 0 ? fail(fd, "accept", "a connection within the image") : (int)fd;
}

/* By a listener of our own on the loopback, of the accepted end's family; the client's may be another, over IPv4. */
static int connect_privately(int client, int client_family, int family) {
  union inet_address to;
  uint32_t size = loopback_address(&to, family, client_family == AF_INET, 0);
  int length = sizeof to;
  long listener = sys3(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return fail(listener, "make", "a listener");
  long r = sys3(SYS_bind, listener, &to, size);
  if (r >= 0) r = sys2(SYS_listen, listener, 1);
  if (r >= 0) r = sys3(SYS_getsockname, listener, &to, &length);
  int fd = r < 0 ? fail(r, "listen on", "the loopback") : accept_from((int)listener, client, (struct image_sender){0, 0, 0, 0}, &to, address_for(client_family, &to));
  sys_close(listener);
  return fd;
}

static int is_other_end(int fd, int client) {
  union inet_address own = {.v6 = {0}}, theirs = {.v6 = {0}};
  int own_size = sizeof own, their_size = sizeof theirs;
  if (sys3(SYS_getpeername, fd, &theirs, &their_size) < 0 || sys3(SYS_getsockname, client, &own, &own_size) < 0) return 0;
  return own.v4.sin_port == theirs.v4.sin_port; /* the address may be of the other family */
}

/* Only what has come already; whoever else has come meanwhile is sent away, for the instance isn't there yet. */
static int take_other_end(int listener, int client) {
  for (long fd; (fd = sys4(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC)) >= 0; sys_close(fd))
    if (is_other_end((int)fd, client)) return (int)fd;
  return -1;
}

static uint16_t port_of(int fd) {
  union inet_address own = {.v6 = {0}};
  int size = sizeof own;
  return sys3(SYS_getsockname, fd, &own, &size) < 0 ? 0 : own.v4.sin_port;
}

/* What a listener of the application's own is for a moment, and then again what it was. */
static int set_flags(int listener, long flags) {
  long r = sys3(SYS_fcntl, listener, F_SETFL, flags);
  return r < 0 ? fail(r, "set the flags of", "a listener") : 0;
}

static int take_from_others(const struct description *listener, int client) {
  int fd = -1; /* -1 also after fail() */
  for (uint32_t i = 0; fd < 0 && i < image.description_count; i++) {
    const struct description *other = &image.descriptions[i];
    if (other == listener || other->fd < 0 || other->item.head->type != RECORD_SOCKET || socket_of(other)->state != SOCKET_LISTENING) continue;
    if (socket_of(other)->family == AF_UNIX || port_of(other->fd) != port_of(listener->fd)) continue;
    long flags = sys3(SYS_fcntl, other->fd, F_GETFL, 0);
    if (set_flags(other->fd, flags | O_NONBLOCK) < 0) return -1;
    fd = take_other_end(other->fd, client);
    if (set_flags(other->fd, flags) < 0) return -1;
  }
  return fd;
}

/* Of listeners that share a port (SO_REUSEPORT) the kernel chooses one, and another than it had: the accepted end is the same by each. A busy
 * kernel brings it there a moment after the connect. */
static int accept_from_group(const struct description *listener, int client, const void *to, uint32_t size) {
  enum { LOOKS = 20000 };
  const struct timespec pause = {0, 500000};
  long r = sys3(SYS_connect, client, (long)to, size);
  if (r < 0) return fail(r, "connect", "a connection within the image");
  int fd = -1;
  for (int i = 0; i < LOOKS && fd < 0 && !shared()->failed; i++) {
    if (i > 0) regardless(sys2(SYS_nanosleep, &pause, 0)); /* then it is looked for sooner */
    fd = take_other_end(listener->fd, client);
    if (fd < 0) fd = take_from_others(listener, client);
  }
  return fd < 0 ? fail(-EAGAIN, "accept", "a connection within the image") : fd;
}

/* By the image's own listener, so that the accepted end has its port or name. */
static int connect_by_listener(int ends[2], int family, const struct description *listener, const struct description *accepted) {
  union { union inet_address inet; struct sockaddr_un un; } to;
  int size = sizeof to;
  long r = sys3(SYS_getsockname, listener->fd, &to, &size);
  if (r < 0) return fail(r, "find the address of", "a listener");
  if (family != AF_UNIX) size = (int)address_for(family, &to.inet);
  long flags = sys3(SYS_fcntl, listener->fd, F_GETFL, 0);
  if (flags < 0) return fail(flags, "ask for the flags of", "a listener");
  if (family != AF_UNIX) {
    if (set_flags(listener->fd, flags | O_NONBLOCK) < 0) return -1;
    ends[1] = accept_from_group(listener, ends[0], &to, (uint32_t)size);
    return set_flags(listener->fd, flags) < 0 ? -1 : ends[1];
  }
  if (set_flags(listener->fd, flags & ~O_NONBLOCK) < 0) return -1;
  ends[1] = enter_directory_of(listener) < 0 ? -1 : accept_from(listener->fd, ends[0], peer_of(accepted), &to, (uint32_t)size);
  return leave_directory() < 0 || set_flags(listener->fd, flags) < 0 ? -1 : ends[1];
}

static int connect_pair(int ends[2], const struct description *client, const struct description *accepted) {
  const struct image_socket *s = socket_of(client);
  struct description *listener = description_by_id(socket_of(accepted)->listener);
  int has_listener = listener && listener->fd >= 0 && listener->item.head->type == RECORD_SOCKET;
  if (has_listener && s->family == AF_UNIX && listener->item.name[0] == '/' && socket_of(listener)->name_as_is) has_listener = 0; /* its file is removed */
  if (s->family == AF_UNIX && !has_listener) {
    long r = AS(peer_of(client), SYS_socketpair, AF_UNIX, s->type | SOCK_CLOEXEC, s->protocol, (long)ends);
    return r < 0 ? fail_number(r, "make a socket pair of type", s->type) : 0;
  }
  ends[0] = socket_new(client);
  if (ends[0] < 0) return -1;
  if (s->family == AF_UNIX && client->item.head->name_size && bind_unix(ends[0], client) < 0) return -1;
  int family = (int)s->family;
  if (has_listener) return connect_by_listener(ends, family, listener, accepted);
  return ends[1] = connect_privately(ends[0], family, (int)socket_of(accepted)->family);
}

int make_connection(struct description *d) {
  struct description *peer = description_by_id(socket_of(d)->peer), *client = d, *accepted = peer;
  int ends[2];
  if (socket_of(d)->listener) client = peer, accepted = d;
  if (connect_pair(ends, client, accepted) < 0) return -1;
  if (socket_options(ends[0], client) < 0 || socket_options(ends[1], accepted) < 0) return -1;
  int wait = parts_of(client) || parts_of(accepted); /* for descriptors that are to be sent: see connections_finish() */
  if (!wait && (socket_refill(ends[0], accepted) < 0 || socket_refill(ends[1], client) < 0)) return -1;
  if (!wait && (socket_finish(ends[0], client) < 0 || socket_finish(ends[1], accepted) < 0)) return -1;
  if ((client->fd = move_high(ends[0], "a connection")) < 0 || (accepted->fd = move_high(ends[1], "a connection")) < 0) return -1;
  if (wait) client->filler = accepted->fd, accepted->filler = client->fd;
  client->done = accepted->done = client->paired = accepted->paired = 1;
  return d->fd;
}
