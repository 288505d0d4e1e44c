// TCP and UDP over both families. Addresses are saved as the application asked for them (FIG. 5, step 266: a port is a
// virtualized state), a connection with both its ends here as a pair, one to outside as one that a clone finds reset.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "checkpoint/dump/describe-socket.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/socket-address.h"
#include "checkpoint/dump/tcp-keys.h"

// Of a connection over IPv4 the end at a listener for both families has addresses of the other kind.
static Address as_on_the_wire(const Address &address) {
  const auto *six = reinterpret_cast<const sockaddr_in6 *>(&address.storage);
  if (address.storage.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) return address;
  Address out;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = six->sin6_port;
  memcpy(&four.sin_addr, six->sin6_addr.s6_addr + 12, sizeof four.sin_addr);
  memcpy(&out.storage, &four, sizeof four);
  out.size = sizeof four;
  return out;
}

// How well a listener fits a connection to that address: 3: it listens there, 2: at any of the family, 1: at any of both; 0: not at all.
static int listens_at(int fd, const Address &address) {
  Address own;
  own.size = sizeof own.storage;
  if (!listens(fd) || getsockname(fd, reinterpret_cast<sockaddr *>(&own.storage), &own.size) != 0) return 0;
  if (!own.is_inet() || own.port() == 0 || own.port() != address.port()) return 0;
  own = as_on_the_wire(own);
  if (own == address) return 3;
  bool same = own.storage.ss_family == address.storage.ss_family;
  if (own.storage.ss_family == AF_INET) return same && reinterpret_cast<const sockaddr_in *>(&own.storage)->sin_addr.s_addr == INADDR_ANY ? 2 : 0;
  if (!IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6 *>(&own.storage)->sin6_addr)) return 0;
  return same ? 2 : 1;
}

static uint32_t find_inet_listener_at(const Collector &collector, const Description &description, const Address &address) {
  uint32_t found = 0;
  int best = 0;
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK)) continue;
    int fits = listens_at(other.borrow().get(), address);
    if (fits > best) found = other.id, best = fits;
  }
  return found;
}

// Both ends of a connection inside the instance name each other's addresses.
static uint32_t find_inet_peer(const Collector &collector, const Description &description, const Address &own, const Address &peer) {
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK)) continue;
    Descriptor fd = other.borrow();
    Address theirs, their_peer;
    theirs.size = sizeof theirs.storage;
    if (getsockname(fd.get(), reinterpret_cast<sockaddr *>(&theirs.storage), &theirs.size) != 0 || !theirs.is_inet()) continue;
    if (peer_address(fd.get(), their_peer) && as_on_the_wire(theirs) == peer && as_on_the_wire(their_peer) == own) return other.id;
  }
  return 0;
}

// More of it than the C library's header knows of.
struct TcpInfo {
  tcp_info head;
  uint64_t pacing_rate, highest_pacing_rate, bytes_acked, bytes_received;
  uint32_t segments_out, segments_in;
};

// A connection that is over, while its descriptor still is open. It keeps the port it had, which may be its listener's: bound
// to it anew, it would take it from the listener. (A connect that was refused has heard one segment, and may be tried again.)
static bool was_connected(const TcpInfo &info) { return info.head.tcpi_state == TCP_CLOSE && info.segments_in > 1; }

// Acknowledged bytes are counted from the connection's own first one on.
static bool has_sent(const Description &description, int fd) {
  TcpInfo info{};
  socklen_t size = sizeof info;
  int unacknowledged = 0;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || ioctl(fd, TIOCOUTQ, &unacknowledged) != 0)
    fail_call("ask what %s has sent", description.words().c_str());
  return unacknowledged > 0 || info.bytes_acked > 1;
}

static void find_inet_listener(const Collector &collector, const Description &description, int fd, const Address &peer, image_socket &out) {
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK)) continue;
    Descriptor listener = other.borrow();
    pollfd state{listener.get(), POLLIN, 0};
    // The kernel doesn't tell the order of TCP's queue; sockets are numbered in the order in which they are made.
    if (listens_at(listener.get(), peer) && poll(&state, 1, 0) > 0)
      return wait_for(description, out, other.id, description.status.st_ino, has_sent(description, fd));
  }
}

// Its other end is nobody's any more, or outside, and has ended the connection in order: what is unread is read still, and then the end.
static bool has_heard_all(int fd) {
  pollfd state{fd, POLLRDHUP, 0};
  return poll(&state, 1, 0) > 0 && (state.revents & POLLRDHUP) && !(state.revents & POLLERR);
}

// As the kernel has it. What the preload library binds is on the loopback: this one's port was chosen by the kernel, or bound past the library.
static bool is_everywhere(const Address &address) {
  if (address.storage.ss_family == AF_INET) return reinterpret_cast<const sockaddr_in *>(&address.storage)->sin_addr.s_addr == INADDR_ANY;
  return address.storage.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6 *>(&address.storage)->sin6_addr);
}

void describe_inet(const Collector &collector, const Description &description, int fd, image_socket &out) {
  Address own = own_address(fd), peer;
  int type = static_cast<int>(out.type);
  Address asked = asked_address(collector, own, type);
  put_address(asked, out.address, out.address_size);
  out.virtual_port = asked.port();
  bool tcp = type == SOCK_STREAM;
  TcpInfo more{};
  const tcp_info &info = more.head;
  socklen_t size = sizeof more;
  if (tcp) getsockopt(fd, IPPROTO_TCP, TCP_INFO, &more, &size);
  if (out.state == SOCKET_LISTENING) {
    if (demands_keys(description.status.st_ino)) refuse_description(description, "a listener that demands keys (TCP_MD5SIG)");
    out.backlog = info.tcpi_sacked; // of a listener: the limit of its queue
    return;
  }
  if (peer_address(fd, peer) || (tcp && info.tcpi_state != TCP_CLOSE)) {
    out.state = SOCKET_CONNECTED;
    Address here = as_on_the_wire(own), there = as_on_the_wire(peer);
    out.peer = find_inet_peer(collector, description, here, there);
    out.listener = find_inet_listener_at(collector, description, here);
    put_address(asked_address(collector, peer, type), out.peer_address, out.peer_address_size);
    if (tcp && !out.peer && info.tcpi_state == TCP_ESTABLISHED) find_inet_listener(collector, description, fd, there, out);
    if (info.tcpi_state == TCP_FIN_WAIT1 || info.tcpi_state == TCP_FIN_WAIT2 || info.tcpi_state == TCP_CLOSING || info.tcpi_state == TCP_LAST_ACK) out.shutdown |= 2;
  } else if (tcp && was_connected(more)) {
    out.state = SOCKET_CONNECTED;
  } else if (own.port()) {
    out.state = SOCKET_BOUND;
    out.name_as_is = is_everywhere(own);
  }
  if (tcp && out.state == SOCKET_CONNECTED && !out.peer && has_heard_all(fd)) out.shutdown |= 4;
}
