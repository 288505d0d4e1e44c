/* Lists of sockets, which speak of ports by the system's numbers: /proc/net/tcp and its like, and what the kernel answers over netlink (sock_diag). A program looks there
 * for the port that it knows. */
#include "preload/port-lists.h"
#include "preload/ports.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#define CLOSED 7 /* a state: of TCP of what is not in use yet, and of UDP of what is bound */

/* The socket's own end as getsockname tells it, the other as getpeername does. */
static void ends_to_virtual(union address *own, union address *peer, const struct table_port *entry, const struct table_port *of_peer) {
  if (entry != NULL) address_as_asked(entry, own, address_port(peer) != 0);
  if (of_peer != NULL) peer->v4.sin_port = htons(of_peer->virtual_port);
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

static bool read_word(const char *at, int digits, uint32_t *value) {
  for (*value = 0; digits > 0; digits--, at++) {
    int now = digit(*at);
    if (now < 0) return false;
    *value = *value << 4 | (uint32_t)now;
  }
  return true;
}
static void write_word(char *at, int digits, uint32_t value) {
  for (; digits > 0; value >>= 4) at[--digits] = "0123456789ABCDEF"[value & 15];
}

static uint32_t *words_of(union address *a) {
  return a->any.sa_family == AF_INET ? &a->v4.sin_addr.s_addr : a->v6.sin6_addr.s6_addr32;
}

/* "0100007F:1F90" or the same with four words: each as the kernel has it in memory, the port as a number. */
static bool read_end(const char *at, size_t length, union address *a) {
  uint32_t port;
  *a = (union address){.any.sa_family = length == 13 ? AF_INET : AF_INET6};
  if ((length != 13 && length != 37) || at[length - 5] != ':' || !read_word(at + length - 4, 4, &port)) return false;
  for (size_t i = 0; i < length / 9; i++)
    if (!read_word(at + 8 * i, 8, &words_of(a)[i])) return false;
  a->v4.sin_port = htons((uint16_t)port);
  return true;
}
static void write_end(char *at, size_t length, union address *a) {
  for (size_t i = 0; i < length / 9; i++) write_word(at + 8 * i, 8, words_of(a)[i]);
  write_word(at + length - 4, 4, address_port(a));
}

void port_list_line(char *at, char *end, int type) {
  char *ends[2];
  union address a[2];
  size_t length = 0;
  for (int i = 0; i < 2; i++) {
    while (at < end && *at == ' ') at++;
    ends[i] = at;
    while (at < end && *at != ' ') at++;
    length = (size_t)(at - ends[i]);
    if (!read_end(ends[i], length, &a[i])) return;
  }
  if ((size_t)(ends[1] - ends[0]) != length + 1) return;
  ends_to_virtual(&a[0], &a[1], port_of_own(-1, type, &a[0]), port_of_peer(-1, type, &a[1]));
  for (int i = 0; i < 2; i++) write_end(ends[i], length, &a[i]);
}

static union address address_in(const struct inet_diag_msg *about, const __be32 words[4], __be16 port) {
  union address a = {.any.sa_family = about->idiag_family};
  a.v4.sin_port = port;
  memcpy(words_of(&a), words, about->idiag_family == AF_INET ? 4 : 16);
  return a;
}
static void put_address(union address *a, __be32 words[4], __be16 *port) {
  memcpy(words, words_of(a), a->any.sa_family == AF_INET ? 4 : 16);
  *port = a->v4.sin_port;
}

/* Whether it is TCP's or UDP's is not told: of the two, a state is looked at. */
static const struct table_port *entry_of_either(const struct table_port *(*find)(int, int, const union address *), const union address *a, bool closed) {
  const struct table_port *first = find(-1, closed ? SOCK_DGRAM : SOCK_STREAM, a);
  return first != NULL ? first : find(-1, closed ? SOCK_STREAM : SOCK_DGRAM, a);
}

static void socket_to_virtual(struct inet_diag_msg *about) {
  if (about->idiag_family != AF_INET && about->idiag_family != AF_INET6) return;
  struct inet_diag_sockid *id = &about->id;
  union address own = address_in(about, id->idiag_src, id->idiag_sport), peer = address_in(about, id->idiag_dst, id->idiag_dport);
  bool closed = about->idiag_state == CLOSED;
  ends_to_virtual(&own, &peer, entry_of_either(port_of_own, &own, closed), entry_of_either(port_of_peer, &peer, closed));
  put_address(&own, id->idiag_src, &id->idiag_sport);
  put_address(&peer, id->idiag_dst, &id->idiag_dport);
}

void port_list_answer(int fd, void *bytes, size_t size) {
  struct nlmsghdr *at = bytes;
  if (ports_table() == NULL || size < sizeof *at || at->nlmsg_type != SOCK_DIAG_BY_FAMILY) return;
  if (socket_option(fd, SOL_SOCKET, SO_PROTOCOL) != NETLINK_SOCK_DIAG) return;
  for (size_t left = size; left >= sizeof *at && at->nlmsg_len >= sizeof *at && at->nlmsg_len <= left;) {
    if (at->nlmsg_type == SOCK_DIAG_BY_FAMILY && at->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg))) socket_to_virtual(NLMSG_DATA(at));
    size_t step = NLMSG_ALIGN(at->nlmsg_len);
    if (step >= left) return;
    left -= step;
    at = (struct nlmsghdr *)((char *)at + step);
  }
}
