/* Settings that fewer programs use: of any socket, of IPv4 and IPv6, of TCP and UDP, and the multicast groups that a socket has joined. */
#include "check.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

struct setting { int level, name, value; };
static const struct setting of_tcp[] = {{SOL_SOCKET, SO_MARK, 7}, {SOL_SOCKET, SO_ZEROCOPY, 1}, {IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4096},
                                        {IPPROTO_TCP, TCP_SAVE_SYN, 1}, {IPPROTO_TCP, TCP_MAXSEG, 700}, {IPPROTO_TCP, TCP_WINDOW_CLAMP, 20000}, {IPPROTO_TCP, TCP_QUICKACK, 0},
                                        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT}, {}};
static const struct setting of_udp[] = {{SOL_SOCKET, SO_TIMESTAMPNS, 1}, {SOL_SOCKET, SO_RXQ_OVFL, 1}, {SOL_SOCKET, SO_PEEK_OFF, 3}, {IPPROTO_IP, IP_RECVTTL, 1},
                                        {IPPROTO_IP, IP_RECVTOS, 1}, {IPPROTO_IP, IP_RECVERR, 1}, {IPPROTO_IP, IP_MULTICAST_TTL, 5}, {IPPROTO_IP, IP_MULTICAST_LOOP, 0},
                                        {IPPROTO_IP, IP_MULTICAST_ALL, 0}, {IPPROTO_IP, IP_MINTTL, 2}, {IPPROTO_UDP, UDP_SEGMENT, 1000}, {IPPROTO_UDP, UDP_GRO, 1}, {}};
static const struct setting of_six[] = {{IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 8}, {IPPROTO_IPV6, IPV6_RECVTCLASS, 1},
                                        {IPPROTO_IPV6, IPV6_TCLASS, 32}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1}, {IPPROTO_IPV6, IPV6_DONTFRAG, 1},
                                        {IPPROTO_IPV6, 72 /* IPV6_ADDR_PREFERENCES */, 1}, {IPPROTO_IPV6, 11 /* IPV6_FLOWINFO */, 1},
                                        {IPPROTO_IPV6, 33 /* IPV6_FLOWINFO_SEND */, 1}, {}};
static const unsigned char four_options[4] = {IPOPT_NOP, IPOPT_NOP, IPOPT_NOP, IPOPT_EOL}, six_options[8] = {0, 0, 1 /* padding of */, 4};

static void set(int fd, const struct setting *all) {
  for (; all->name; all++)
    if (setsockopt(fd, all->level, all->name, &all->value, sizeof(int)) != 0) expect("why a setting is refused", EPERM, errno);
}
static void check(int fd, const struct setting *all, const int *before) {
  for (; all->name; all++, before++) {
    int value = 0;
    socklen_t size = sizeof value;
    must(getsockopt(fd, all->level, all->name, &value, &size));
    if (value != *before) fail("setting %d of level %d is %d, and was %d\n", all->name, all->level, value, *before);
  }
}
static const int *values(int fd, const struct setting *all) {
  static int room[64], used;
  int *out = room + used;
  for (; all->name; all++, used++) {
    socklen_t size = sizeof *room;
    must(getsockopt(fd, all->level, all->name, &room[used], &size));
  }
  return out;
}

static void set_bytes(int fd, int level, int name, const unsigned char *bytes, socklen_t size) {
  if (setsockopt(fd, level, name, bytes, size) != 0) expect("why options of packets are refused", EPERM, errno);
}
static void check_bytes(int fd, int level, int name, const unsigned char *before, socklen_t size) {
  unsigned char bytes[64] = {0};
  socklen_t got = sizeof bytes;
  must(getsockopt(fd, level, name, bytes, &got));
  if (got == 0 && geteuid() != 0) return; /* that it may not have them was no surprise */
  expect("bytes of options of packets", size, got);
  expect("whether options of packets differ", 0, memcmp(bytes, before, size));
}

static void join_four(int fd, int name) {
  struct ip_mreqn group = {{htonl(0xefff4321)}, {0}, (int)if_nametoindex("lo")};
  must(setsockopt(fd, IPPROTO_IP, name, &group, sizeof group));
}
static void join_six(int fd, int name) {
  struct ipv6_mreq group = {.ipv6mr_interface = if_nametoindex("lo")};
  inet_pton(AF_INET6, "ff12::4321", &group.ipv6mr_multiaddr);
  must(setsockopt(fd, IPPROTO_IPV6, name, &group, sizeof group));
}

int main(void) {
  begin();
  int tcp = (int)must(socket(AF_INET, SOCK_STREAM, 0)), udp = (int)must(socket(AF_INET, SOCK_DGRAM, 0)), six = socket(AF_INET6, SOCK_DGRAM, 0);
  must(setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
  set(tcp, of_tcp);
  set(udp, of_udp);
  if (six != -1) set(six, of_six);
  const int *tcp_before = values(tcp, of_tcp), *udp_before = values(udp, of_udp), *six_before = six != -1 ? values(six, of_six) : NULL;
  set_bytes(udp, IPPROTO_IP, IP_OPTIONS, four_options, sizeof four_options);
  if (six != -1) set_bytes(six, IPPROTO_IPV6, IPV6_DSTOPTS, six_options, sizeof six_options);
  join_four(udp, IP_ADD_MEMBERSHIP);
  if (six != -1) join_six(six, IPV6_ADD_MEMBERSHIP);
  await_go();
  char name[16] = {0};
  socklen_t size = sizeof name;
  must(getsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, &size));
  expect_text("how it minds congestion", "reno", name);
  check(tcp, of_tcp, tcp_before);
  check(udp, of_udp, udp_before);
  if (six != -1) check(six, of_six, six_before);
  check_bytes(udp, IPPROTO_IP, IP_OPTIONS, four_options, sizeof four_options);
  if (six != -1) check_bytes(six, IPPROTO_IPV6, IPV6_DSTOPTS, six_options, sizeof six_options);
  join_four(udp, IP_DROP_MEMBERSHIP); /* of a group that it has not joined it is an error */
  if (six != -1) join_six(six, IPV6_DROP_MEMBERSHIP);
  done();
}
