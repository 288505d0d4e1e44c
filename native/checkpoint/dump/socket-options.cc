#include "checkpoint/dump/socket-options.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/multicast.h"
#include "checkpoint/dump/records.h"

struct Option {
  int level, name;
  enum { any, inet, inet_datagrams, inet6, inet6_datagrams, tcp, tcp_before, udp, netlink } kind; // tcp_before: of one that is not connected
};

// Those that the C library's headers may not know, by the kernel's numbers.
enum { PASSSEC = 34, MARK = 36, TIMESTAMPING = 37, RXQ_OVFL = 40, PEEK_OFF = 42, SELECT_ERR_QUEUE = 45, MAX_PACING_RATE = 47, TXTIME = 61, TIMESTAMP_NEW = 63,
       TIMESTAMPNS_NEW = 64, TIMESTAMPING_NEW = 65, PREFER_BUSY_POLL = 69, BUSY_POLL_BUDGET = 70, RESERVE_MEM = 73, TXREHASH = 74, RCVMARK = 75, PASSPIDFD = 76,
       RCVPRIORITY = 82, PASSRIGHTS = 83 };
enum { RECVFRAGSIZE = 25, RECVERR_4884 = 26, LOCAL_PORT_RANGE = 51 };                                    // of IPv4
enum { RECVERR_4884_SIX = 31, AUTOFLOWLABEL = 70, MINHOPCOUNT = 73, UNICAST_IF_SIX = 76, RECVFRAGSIZE_SIX = 77, FREEBIND_SIX = 78 }; // of IPv6
enum { FASTOPEN_NO_COOKIE = 34, INQ = 36, TX_DELAY = 37, RTO_MAX_MS = 44, RTO_MIN_US = 45, DELACK_MAX_US = 46 }; // of TCP
enum { FLOWINFO = 11, FLOWINFO_SEND = 33, HOPOPTS = 54, RTHDRDSTOPTS = 55, RTHDR = 57, DSTOPTS = 59, ADDR_PREFERENCES = 72 }; // of IPv6
enum { UDP_SEGMENTS = 103, UDP_JOINED = 104, LISTEN_ALL_NSID = 8 };

static constexpr Option plain_options[] = {
    {SOL_SOCKET, SO_REUSEADDR, Option::any},   {SOL_SOCKET, SO_REUSEPORT, Option::any}, {SOL_SOCKET, SO_KEEPALIVE, Option::any},
    {SOL_SOCKET, SO_BROADCAST, Option::any},   {SOL_SOCKET, SO_OOBINLINE, Option::any}, {SOL_SOCKET, SO_LINGER, Option::any},
    {SOL_SOCKET, SO_RCVTIMEO, Option::any},    {SOL_SOCKET, SO_SNDTIMEO, Option::any},  {SOL_SOCKET, SO_RCVLOWAT, Option::any},
    {SOL_SOCKET, SO_PRIORITY, Option::any},    {SOL_SOCKET, SO_PASSCRED, Option::any},  {SOL_SOCKET, SO_TIMESTAMP, Option::any},
    {SOL_SOCKET, SO_DONTROUTE, Option::any},   {SOL_SOCKET, SO_BUSY_POLL, Option::any}, {SOL_SOCKET, SO_TIMESTAMPNS, Option::any},
    {SOL_SOCKET, SO_DEBUG, Option::any},       {SOL_SOCKET, SO_NO_CHECK, Option::any},  {SOL_SOCKET, SO_BINDTODEVICE, Option::any},
    {SOL_SOCKET, PASSSEC, Option::any},        {SOL_SOCKET, MARK, Option::any},         {SOL_SOCKET, TIMESTAMPING, Option::any},
    {SOL_SOCKET, RXQ_OVFL, Option::any},       {SOL_SOCKET, PEEK_OFF, Option::any},     {SOL_SOCKET, SELECT_ERR_QUEUE, Option::any},
    {SOL_SOCKET, MAX_PACING_RATE, Option::any}, {SOL_SOCKET, TXTIME, Option::any},      {SOL_SOCKET, TIMESTAMP_NEW, Option::any},
    {SOL_SOCKET, TIMESTAMPNS_NEW, Option::any}, {SOL_SOCKET, TIMESTAMPING_NEW, Option::any}, {SOL_SOCKET, PREFER_BUSY_POLL, Option::any},
    {SOL_SOCKET, BUSY_POLL_BUDGET, Option::any}, {SOL_SOCKET, RESERVE_MEM, Option::any}, {SOL_SOCKET, TXREHASH, Option::any},
    {SOL_SOCKET, RCVMARK, Option::any},        {SOL_SOCKET, PASSPIDFD, Option::any},    {SOL_SOCKET, RCVPRIORITY, Option::any},
    {SOL_SOCKET, PASSRIGHTS, Option::any},     {SOL_SOCKET, SO_ZEROCOPY, Option::any},
    {IPPROTO_IP, IP_TOS, Option::inet},        {IPPROTO_IP, IP_TTL, Option::inet},      {IPPROTO_IP, IP_PKTINFO, Option::inet},
    {IPPROTO_IP, IP_FREEBIND, Option::inet},   {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, Option::inet}, {IPPROTO_IP, IP_MTU_DISCOVER, Option::inet},
    {IPPROTO_IP, IP_RECVERR, Option::inet},    {IPPROTO_IP, IP_RECVTTL, Option::inet},  {IPPROTO_IP, IP_RECVTOS, Option::inet},
    {IPPROTO_IP, IP_RECVOPTS, Option::inet},   {IPPROTO_IP, IP_RETOPTS, Option::inet},  {IPPROTO_IP, IP_PASSSEC, Option::inet},
    {IPPROTO_IP, IP_TRANSPARENT, Option::inet}, {IPPROTO_IP, IP_RECVORIGDSTADDR, Option::inet}, {IPPROTO_IP, IP_MINTTL, Option::inet},
    {IPPROTO_IP, IP_CHECKSUM, Option::inet},   {IPPROTO_IP, RECVFRAGSIZE, Option::inet}, {IPPROTO_IP, RECVERR_4884, Option::inet},
    {IPPROTO_IP, IP_MULTICAST_IF, Option::inet_datagrams}, {IPPROTO_IP, IP_MULTICAST_TTL, Option::inet_datagrams}, {IPPROTO_IP, IP_MULTICAST_LOOP, Option::inet_datagrams},
    {IPPROTO_IP, IP_MULTICAST_ALL, Option::inet_datagrams}, {IPPROTO_IP, IP_UNICAST_IF, Option::inet}, {IPPROTO_IP, LOCAL_PORT_RANGE, Option::inet},
    {IPPROTO_IPV6, IPV6_V6ONLY, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVPKTINFO, Option::inet6}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS, Option::inet6},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF, Option::inet6_datagrams}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Option::inet6_datagrams}, {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Option::inet6_datagrams},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVERR, Option::inet6}, {IPPROTO_IPV6, IPV6_MULTICAST_ALL, Option::inet6_datagrams},
    {IPPROTO_IPV6, RECVERR_4884_SIX, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVHOPOPTS, Option::inet6},
    {IPPROTO_IPV6, IPV6_RECVRTHDR, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVDSTOPTS, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVPATHMTU, Option::inet6},
    {IPPROTO_IPV6, IPV6_DONTFRAG, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVTCLASS, Option::inet6}, {IPPROTO_IPV6, IPV6_TCLASS, Option::inet6},
    {IPPROTO_IPV6, AUTOFLOWLABEL, Option::inet6}, {IPPROTO_IPV6, MINHOPCOUNT, Option::inet6}, {IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, Option::inet6},
    {IPPROTO_IPV6, IPV6_TRANSPARENT, Option::inet6}, {IPPROTO_IPV6, UNICAST_IF_SIX, Option::inet6}, {IPPROTO_IPV6, RECVFRAGSIZE_SIX, Option::inet6},
    {IPPROTO_IPV6, FREEBIND_SIX, Option::inet6}, {IPPROTO_IPV6, ADDR_PREFERENCES, Option::inet6}, {IPPROTO_IPV6, FLOWINFO, Option::inet6},
    {IPPROTO_IPV6, FLOWINFO_SEND, Option::inet6},
    {IPPROTO_TCP, TCP_NODELAY, Option::tcp},   {IPPROTO_TCP, TCP_CORK, Option::tcp},    {IPPROTO_TCP, TCP_KEEPIDLE, Option::tcp},
    {IPPROTO_TCP, TCP_KEEPINTVL, Option::tcp}, {IPPROTO_TCP, TCP_KEEPCNT, Option::tcp}, {IPPROTO_TCP, TCP_DEFER_ACCEPT, Option::tcp},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, Option::tcp}, {IPPROTO_TCP, TCP_FASTOPEN, Option::tcp}, {IPPROTO_TCP, TCP_LINGER2, Option::tcp},
    {IPPROTO_TCP, TCP_SYNCNT, Option::tcp},    {IPPROTO_TCP, TCP_CONGESTION, Option::tcp}, {IPPROTO_TCP, TCP_NOTSENT_LOWAT, Option::tcp},
    {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, Option::tcp}, {IPPROTO_TCP, TCP_SAVE_SYN, Option::tcp}, {IPPROTO_TCP, INQ, Option::tcp},
    {IPPROTO_TCP, TX_DELAY, Option::tcp},      {IPPROTO_TCP, RTO_MAX_MS, Option::tcp},  {IPPROTO_TCP, RTO_MIN_US, Option::tcp},
    {IPPROTO_TCP, DELACK_MAX_US, Option::tcp}, {IPPROTO_TCP, FASTOPEN_NO_COOKIE, Option::tcp_before}, {IPPROTO_TCP, TCP_FASTOPEN_CONNECT, Option::tcp_before},
    {IPPROTO_TCP, TCP_MAXSEG, Option::tcp_before}, {IPPROTO_TCP, TCP_WINDOW_CLAMP, Option::tcp}, {IPPROTO_TCP, TCP_QUICKACK, Option::tcp_before},
    {IPPROTO_UDP, UDP_CORK, Option::udp},      {IPPROTO_UDP, UDP_ENCAP, Option::udp},   {IPPROTO_UDP, UDP_NO_CHECK6_TX, Option::udp},
    {IPPROTO_UDP, UDP_NO_CHECK6_RX, Option::udp}, {IPPROTO_UDP, UDP_SEGMENTS, Option::udp}, {IPPROTO_UDP, UDP_JOINED, Option::udp},
    {SOL_NETLINK, NETLINK_PKTINFO, Option::netlink}, {SOL_NETLINK, NETLINK_BROADCAST_ERROR, Option::netlink},
    {SOL_NETLINK, NETLINK_NO_ENOBUFS, Option::netlink}, {SOL_NETLINK, NETLINK_CAP_ACK, Option::netlink},
    {SOL_NETLINK, NETLINK_EXT_ACK, Option::netlink}, {SOL_NETLINK, NETLINK_GET_STRICT_CHK, Option::netlink},
    {SOL_NETLINK, LISTEN_ALL_NSID, Option::netlink},
};

struct Kind { int family, type, protocol; bool tcp, connected; };

static bool applies(const Option &option, const Kind &kind) {
  bool inet = kind.family == AF_INET || kind.family == AF_INET6;
  switch (option.kind) {
    case Option::any: return true;
    case Option::inet: return inet;
    case Option::inet_datagrams: return inet && kind.type == SOCK_DGRAM;
    case Option::inet6: return kind.family == AF_INET6;
    case Option::inet6_datagrams: return kind.family == AF_INET6 && kind.type == SOCK_DGRAM;
    case Option::tcp: return kind.tcp;
    case Option::tcp_before: return kind.tcp && !kind.connected;
    case Option::udp: return inet && kind.type == SOCK_DGRAM;
    default: return kind.family == AF_NETLINK;
  }
}

struct Value {
  bool known = false;
  uint8_t bytes[32] = {};
  socklen_t size = sizeof bytes;
  bool operator==(const Value &other) const { return known == other.known && size == other.size && memcmp(bytes, other.bytes, size) == 0; }
};

static Value value_of(int fd, const Option &option) {
  Value out;
  out.known = is_told(getsockopt(fd, option.level, option.name, out.bytes, &out.size));
  return out;
}

// Of a connection that is over it is what the path took, which can be more than anybody may ask for.
static bool cannot_be_asked_for(const Option &option, const Value &value) {
  constexpr int most = 32767;
  int size = 0;
  memcpy(&size, value.bytes, sizeof size);
  return option.level == IPPROTO_TCP && option.name == TCP_MAXSEG && size > most;
}

// Those of a new socket of the kind, asked for once.
static const std::vector<Value> &usual_values(Kind kind) {
  kind.connected = false;
  static std::map<std::tuple<int, int, int>, std::vector<Value>> known;
  auto [entry, fresh] = known.try_emplace({kind.family, kind.type, kind.protocol});
  if (!fresh) return entry->second;
  Descriptor socket_of_kind(socket(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol));
  is_told(socket_of_kind ? 0 : -1);
  for (const Option &option : plain_options)
    entry->second.push_back(socket_of_kind && applies(option, kind) ? value_of(socket_of_kind.get(), option) : Value());
  return entry->second;
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
  if (!is_told(getsockopt(fd, SOL_SOCKET, buffer_lock, &locked, &length))) return;
  const int names[2] = {SO_SNDBUF, SO_RCVBUF};
  for (int i = 0; i < 2; i++) {
    length = sizeof size;
    if (!(locked & (1 << i)) || !is_told(getsockopt(fd, SOL_SOCKET, names[i], &size, &length))) continue;
    size /= 2;
    add(out, count, SOL_SOCKET, names[i], &size, sizeof size);
  }
}

// The address holds the first 32 groups; who joins one joins it by its number.
static void add_memberships(std::string &out, uint16_t &count, int fd) {
  constexpr int first = 33, most = 1024;
  uint32_t groups[most / 32] = {};
  socklen_t size = sizeof groups;
  if (!is_told(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &size))) return;
  for (int group = first; group <= most; group++)
    if (groups[(group - 1) / 32] >> ((group - 1) % 32) & 1) add(out, count, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

// What goes with each packet, which may be longer than there is room for.
static void add_headers(std::string &out, uint16_t &count, int fd, int family) {
  static constexpr std::pair<int, int> four[] = {{IPPROTO_IP, IP_OPTIONS}};
  static constexpr std::pair<int, int> six[] = {{IPPROTO_IPV6, HOPOPTS}, {IPPROTO_IPV6, RTHDRDSTOPTS}, {IPPROTO_IPV6, RTHDR}, {IPPROTO_IPV6, DSTOPTS}};
  for (const auto &[level, name] : family == AF_INET ? std::span<const std::pair<int, int>>(four) : std::span<const std::pair<int, int>>(six)) {
    uint8_t header[2048];
    socklen_t size = sizeof header;
    if (!is_told(getsockopt(fd, level, name, header, &size)) || size == 0) continue;
    if (size > sizeof image_socket_option::value) refuse(EOPNOTSUPP, "a socket sends more than %zu bytes of options with each packet, which can't be part of a template", sizeof image_socket_option::value);
    add(out, count, level, name, header, size);
  }
}

// TLS in the kernel and the like have keys and counters that nobody can read.
static void refuse_upper_protocol(int fd) {
  constexpr int upper_protocol = 31; // TCP_ULP
  char name[16] = {};
  socklen_t size = sizeof name - 1;
  bool any = is_told(getsockopt(fd, IPPROTO_TCP, upper_protocol, name, &size)) && size > 0;
  if (any && strcmp(name, "mptcp") != 0) // one of several paths, which the kernel gives its sockets by itself
    refuse(EOPNOTSUPP, "a connection has its protocol \"%s\" in the kernel (TCP_ULP), which can't be part of a template", name);
}

std::string socket_options(int fd, int family, int type, int protocol, bool tcp, uint16_t &count) {
  std::string out;
  sockaddr_storage peer;
  socklen_t peer_size = sizeof peer;
  Kind kind{family, type, protocol, tcp, tcp && getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &peer_size) == 0};
  const std::vector<Value> &usual = usual_values(kind);
  for (size_t i = 0; i < std::size(plain_options); i++) {
    const Option &option = plain_options[i];
    if (!applies(option, kind)) continue;
    Value value = value_of(fd, option);
    if (value.known && !(usual[i] == value) && !cannot_be_asked_for(option, value)) add(out, count, option.level, option.name, value.bytes, value.size);
  }
  add_buffer_sizes(out, count, fd);
  if (family == AF_INET || family == AF_INET6) add_headers(out, count, fd, family);
  if (tcp) refuse_upper_protocol(fd);
  if (family == AF_NETLINK) add_memberships(out, count, fd);
  if (type == SOCK_DGRAM && (family == AF_INET || family == AF_INET6))
    for (const Membership &group : multicast_memberships(fd, family)) add(out, count, group.level, group.name, group.value, group.size);
  return out;
}
