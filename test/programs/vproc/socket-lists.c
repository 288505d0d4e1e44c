/* Lists of sockets name ports and addresses as the program does: /proc/net, and what the kernel answers over netlink. */
#include "check.h"
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define PORT 18641

struct seen { char own[40], peer[40]; unsigned state; };

static unsigned long inode_of(int fd) {
  struct stat about;
  CHECK(fstat(fd, &about) == 0);
  return about.st_ino;
}

/* The line of the socket in a list. */
static struct seen in_list(const char *file, int fd) {
  char line[512];
  struct seen seen;
  unsigned long inode;
  FILE *list = fopen(file, "r");
  CHECK(list != NULL);
  while (fgets(line, sizeof line, list) != NULL)
    if (sscanf(line, " %*d: %39s %39s %x %*s %*s %*s %*d %*d %lu", seen.own, seen.peer, &seen.state, &inode) == 4 && inode == inode_of(fd)) {
      fclose(list);
      return seen;
    }
  CHECK(!"the socket is in the list");
  return seen;
}

static void expect_end(const char *got, const char *address, int port) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "%s:%04X", address, port);
  if (strcmp(got, wanted) != 0) dprintf(2, "is %s, wanted %s\n", got, wanted);
  CHECK(strcmp(got, wanted) == 0);
}

static int open_socket(int family, int type, struct sockaddr_in6 *room, bool loopback) {
  int fd = socket(family, type, 0), yes = 1;
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
  if (loopback) six.sin6_addr = in6addr_loopback;
  if (family == AF_INET) memcpy(room, &four, sizeof four);
  else *room = six;
  CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  CHECK(family == AF_INET || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0);
  return fd;
}

static void bound(int fd, const struct sockaddr_in6 *address) {
  CHECK(bind(fd, (const struct sockaddr *)address, address->sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof *address) == 0);
}

static int asks_kernel(int family, int protocol) {
  struct { struct nlmsghdr head; struct inet_diag_req_v2 about; } question = {
      {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
      {.sdiag_family = (unsigned char)family, .sdiag_protocol = (unsigned char)protocol, .idiag_states = ~0u}};
  int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  CHECK(fd >= 0 && send(fd, &question, sizeof question, 0) == sizeof question);
  return fd;
}

/* What it says of one socket; the rest is read to its end. */
static struct inet_diag_msg told_of(int family, int protocol, int of) {
  static _Alignas(8) char room[65536];
  struct inet_diag_msg found = {0};
  int fd = asks_kernel(family, protocol);
  for (bool more = true; more;) {
    struct sockaddr_nl from;
    struct iovec into = {room, sizeof room};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &into, .msg_iovlen = 1};
    ssize_t size = recvmsg(fd, &message, 0);
    CHECK(size > 0);
    for (struct nlmsghdr *at = (struct nlmsghdr *)room; NLMSG_OK(at, size) && more; at = NLMSG_NEXT(at, size)) {
      if (at->nlmsg_type == NLMSG_ERROR) CHECK(!"the kernel lists sockets");
      more = at->nlmsg_type != NLMSG_DONE;
      if (more && ((struct inet_diag_msg *)NLMSG_DATA(at))->idiag_inode == inode_of(of)) found = *(struct inet_diag_msg *)NLMSG_DATA(at);
    }
  }
  close(fd);
  CHECK(found.idiag_inode != 0);
  return found;
}

static void streams(int family, const char *file, const char *any, const char *loopback, bool here) {
  struct sockaddr_in6 address;
  int server = open_socket(family, SOCK_STREAM, &address, here), client = socket(family, SOCK_STREAM, 0);
  bound(server, &address);
  CHECK(listen(server, 5) == 0);
  struct seen listening = in_list(file, server);
  expect_end(listening.own, here ? loopback : any, PORT);
  CHECK(listening.state == 10);
  struct sockaddr_in6 target;
  close(open_socket(family, SOCK_STREAM, &target, true));
  CHECK(connect(client, (struct sockaddr *)&target, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof target) == 0);
  int accepted = accept(server, NULL, NULL);
  expect_end(in_list(file, client).peer, loopback, PORT);
  expect_end(in_list(file, accepted).own, loopback, PORT);
  struct inet_diag_msg told = told_of(family, IPPROTO_TCP, server);
  CHECK(ntohs(told.id.idiag_sport) == PORT && told.id.idiag_dport == 0 && told.idiag_state == 10);
  CHECK((told.id.idiag_src[family == AF_INET ? 0 : 3] == 0) == !here);
  told = told_of(family, IPPROTO_TCP, client);
  CHECK(ntohs(told.id.idiag_dport) == PORT);
  close(accepted), close(client), close(server);
}

static void datagrams(int family, const char *file, const char *any) {
  struct sockaddr_in6 address;
  int fd = open_socket(family, SOCK_DGRAM, &address, false);
  bound(fd, &address);
  expect_end(in_list(file, fd).own, any, PORT);
  CHECK(ntohs(told_of(family, IPPROTO_UDP, fd).id.idiag_sport) == PORT);
  close(fd);
}

#define FOUR_ZEROS "00000000000000000000000000000000"
#define SIX_LOOPBACK "00000000000000000000000001000000"

int main(void) {
  for (int here = 0; here < 2; here++) {
    streams(AF_INET, "/proc/net/tcp", "00000000", "0100007F", here);
    streams(AF_INET6, "/proc/self/net/tcp6", FOUR_ZEROS, SIX_LOOPBACK, here);
  }
  datagrams(AF_INET, "/proc/net/udp", "00000000");
  datagrams(AF_INET6, "/proc/net/udp6", FOUR_ZEROS);
  return done();
}
