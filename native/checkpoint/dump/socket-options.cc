#include "checkpoint/dump/socket-options.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/records.h"

struct Option {
  int level, name;
  enum { any, inet, inet6, tcp, netlink } kind;
};
static constexpr Option plain_options[] = {
    {SOL_SOCKET, SO_REUSEADDR, Option::any},   {SOL_SOCKET, SO_REUSEPORT, Option::any}, {SOL_SOCKET, SO_KEEPALIVE, Option::any},
    {SOL_SOCKET, SO_BROADCAST, Option::any},   {SOL_SOCKET, SO_OOBINLINE, Option::any}, {SOL_SOCKET, SO_LINGER, Option::any},
    {SOL_SOCKET, SO_RCVTIMEO, Option::any},    {SOL_SOCKET, SO_SNDTIMEO, Option::any},  {SOL_SOCKET, SO_RCVLOWAT, Option::any},
    {SOL_SOCKET, SO_PRIORITY, Option::any},    {SOL_SOCKET, SO_PASSCRED, Option::any},  {SOL_SOCKET, SO_TIMESTAMP, Option::any},
    {SOL_SOCKET, SO_DONTROUTE, Option::any},   {SOL_SOCKET, SO_BUSY_POLL, Option::any}, {IPPROTO_IP, IP_TOS, Option::inet},
    {IPPROTO_IP, IP_TTL, Option::inet},        {IPPROTO_IP, IP_PKTINFO, Option::inet},  {IPPROTO_IP, IP_FREEBIND, Option::inet},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, Option::inet},
    {IPPROTO_IPV6, IPV6_V6ONLY, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVPKTINFO, Option::inet6},
    {IPPROTO_TCP, TCP_NODELAY, Option::tcp},   {IPPROTO_TCP, TCP_CORK, Option::tcp},    {IPPROTO_TCP, TCP_KEEPIDLE, Option::tcp},
    {IPPROTO_TCP, TCP_KEEPINTVL, Option::tcp}, {IPPROTO_TCP, TCP_KEEPCNT, Option::tcp}, {IPPROTO_TCP, TCP_DEFER_ACCEPT, Option::tcp},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, Option::tcp}, {IPPROTO_TCP, TCP_FASTOPEN, Option::tcp}, {IPPROTO_TCP, TCP_LINGER2, Option::tcp},
    {IPPROTO_TCP, TCP_SYNCNT, Option::tcp},
    {SOL_NETLINK, NETLINK_PKTINFO, Option::netlink}, {SOL_NETLINK, NETLINK_BROADCAST_ERROR, Option::netlink},
    {SOL_NETLINK, NETLINK_NO_ENOBUFS, Option::netlink}, {SOL_NETLINK, NETLINK_CAP_ACK, Option::netlink},
    {SOL_NETLINK, NETLINK_EXT_ACK, Option::netlink}, {SOL_NETLINK, NETLINK_GET_STRICT_CHK, Option::netlink},
};

static bool applies(const Option &option, int family, bool tcp) {
  if (option.kind == Option::inet) return family == AF_INET || family == AF_INET6;
  if (option.kind == Option::inet6) return family == AF_INET6;
  if (option.kind == Option::netlink) return family == AF_NETLINK;
  return option.kind == Option::any || tcp;
}

static void add(std::string &out, uint16_t &count, int level, int name, const void *value, socklen_t size) {
  image_socket_option option{};
  option.level = static_cast<uint32_t>(level);
  option.name = static_cast<uint32_t>(name);
  option.size = size;
  memcpy(option.value, value, std::min<size_t>(size, sizeof option.value));
  out += Records::bytes_of(option);
  count++;
}

// The kernel answers with twice the buffer size that was asked for, and tunes the ones nobody asked for.
static void add_buffer_sizes(std::string &out, uint16_t &count, int fd) {
  int locked = 0, size;
  socklen_t length = sizeof locked;
  constexpr int buffer_lock = 72; // SO_BUF_LOCK
  if (getsockopt(fd, SOL_SOCKET, buffer_lock, &locked, &length) != 0) return;
  const int names[2] = {SO_SNDBUF, SO_RCVBUF};
  for (int i = 0; i < 2; i++) {
    length = sizeof size;
    if (!(locked & (1 << i)) || getsockopt(fd, SOL_SOCKET, names[i], &size, &length) != 0) continue;
    size /= 2;
    add(out, count, SOL_SOCKET, names[i], &size, sizeof size);
  }
}

// The address holds the first 32 groups; who joins one joins it by its number.
static void add_memberships(std::string &out, uint16_t &count, int fd) {
  constexpr int first = 33, most = 1024;
  uint32_t groups[most / 32] = {};
  socklen_t size = sizeof groups;
  if (getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &size) != 0) return;
  for (int group = first; group <= most; group++)
    if (groups[(group - 1) / 32] >> ((group - 1) % 32) & 1) add(out, count, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

std::string socket_options(int fd, int family, int type, int protocol, bool tcp, uint16_t &count) {
  std::string out;
  Descriptor fresh(socket(family, type | SOCK_CLOEXEC, protocol));
  for (const Option &option : plain_options) {
    if (!applies(option, family, tcp)) continue;
    uint8_t value[32] = {}, normal[32] = {};
    socklen_t size = sizeof value, normal_size = sizeof normal;
    if (getsockopt(fd, option.level, option.name, value, &size) != 0) continue;
    if (fresh && getsockopt(fresh.get(), option.level, option.name, normal, &normal_size) == 0 && size == normal_size && memcmp(value, normal, size) == 0)
      continue;
    add(out, count, option.level, option.name, value, size);
  }
  add_buffer_sizes(out, count, fd);
  if (family == AF_NETLINK) add_memberships(out, count, fd);
  return out;
}
