// Sockets: what all families have in common, and netlink. Each other family has a file of its own.
#include "checkpoint/dump/describe-socket.h"

#include <arpa/inet.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/received.h"
#include "checkpoint/dump/socket-address.h"
#include "checkpoint/dump/socket-options.h"

static int int_option(const Description &description, int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) fail_call("ask about %s", description.words().c_str());
  return value;
}

void wait_for(const Description &description, image_socket &out, uint32_t listener, uint64_t place, bool has_sent) {
  if (has_sent) refuse(EBUSY, "%s has sent bytes over a connection that waits to be accepted", description.words().c_str());
  out.state = SOCKET_WAITING;
  out.backlog = static_cast<uint32_t>(place);
  out.listener = listener;
}

// Made anew: it answers questions. What the kernel has told it already can't be told again.
static void describe_netlink(const Description &description, int fd, image_socket &out) {
  Address address = own_address(fd);
  put_address(address, out.address, out.address_size);
  if (reinterpret_cast<const sockaddr_nl *>(&address.storage)->nl_pid) out.state = SOCKET_BOUND;
  char byte;
  if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
    refuse(EBUSY, "%s has messages of the kernel that its program has not read yet", description.words().c_str());
}

static void refuse_family(const Description &description, const image_socket &socket) {
  bool inet = socket.family == AF_INET || socket.family == AF_INET6;
  if (socket.family == AF_UNIX || (inet && (socket.type == SOCK_STREAM || socket.type == SOCK_DGRAM))) return;
  if (socket.family == AF_NETLINK) return;
  if (socket.type == SOCK_RAW) refuse_description(description, "a raw socket");
  if (socket.family == AF_PACKET) refuse_description(description, "a packet socket");
  refuse_description(description, text("a socket of family %u", socket.family).c_str());
}

// Those of the machine, nearly always none. Their first column, hexadecimal.
static std::vector<uint32_t> flow_labels() {
  std::vector<uint32_t> out;
  std::string list = proc_read_optional("net/ip6_flowlabel");
  for (size_t at = list.find('\n'); at != std::string::npos && at + 1 < list.size(); at = list.find('\n', at + 1))
    out.push_back(static_cast<uint32_t>(strtoul(list.c_str() + at + 1, nullptr, 16)));
  return out;
}

// To renew a lease is granted to who has it, and for no time makes no difference.
static void refuse_leased_labels(const Description &description, int fd) {
  for (uint32_t label : flow_labels()) {
    in6_flowlabel_req request{};
    request.flr_label = htonl(label);
    request.flr_action = IPV6_FL_A_RENEW;
    request.flr_share = IPV6_FL_S_ANY;
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof request) == 0)
      refuse_description(description, "a socket that has leased a flow label of IPv6");
  }
}

// The kernel counts a filter in steps of 8 bytes.
static void record_filter(Collector &collector, const Description &description, int fd) {
  constexpr int get_filter = 26, lock_filter = 44; // SO_GET_FILTER, SO_LOCK_FILTER
  constexpr size_t step_size = 8;
  socklen_t steps = 0, size = sizeof(int);
  if (getsockopt(fd, SOL_SOCKET, get_filter, nullptr, &steps) != 0) {
    if (errno == EACCES) refuse_description(description, "a socket with an eBPF program for a filter");
    return; // a family that knows none
  }
  if (steps == 0) return;
  std::string code(steps * step_size, '\0');
  if (getsockopt(fd, SOL_SOCKET, get_filter, code.data(), &steps) != 0) fail_call("read the filter of %s", description.words().c_str());
  int locked = 0;
  if (getsockopt(fd, SOL_SOCKET, lock_filter, &locked, &size) != 0) locked = 0;
  collector.records.add(RECORD_SOCKET_FILTER, description.id, locked ? "locked" : "", code);
}

void describe_socket(Collector &collector, const Description &description) {
  Descriptor fd = description.borrow();
  image_socket out{};
  out.family = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_DOMAIN));
  out.type = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_TYPE));
  out.protocol = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_PROTOCOL));
  out.flags = description.flags;
  refuse_family(description, out);
  if (out.family == AF_INET6) refuse_leased_labels(description, fd.get());
  if (int_option(description, fd.get(), SOL_SOCKET, SO_ACCEPTCONN)) out.state = SOCKET_LISTENING;
  std::string name;
  bool inet = out.family == AF_INET || out.family == AF_INET6;
  if (out.family == AF_UNIX) name = describe_unix(collector, description, fd.get(), out);
  else if (inet) describe_inet(collector, description, fd.get(), out);
  else describe_netlink(description, fd.get(), out);
  std::string options = socket_options(fd.get(), static_cast<int>(out.family), static_cast<int>(out.type), static_cast<int>(out.protocol),
                                       inet && out.type == SOCK_STREAM, out.options_count);
  // Of what waits at a listener only the instance's own connections are saved, by their other ends.
  std::string queue;
  bool can_receive = out.type == SOCK_DGRAM || out.state == SOCKET_CONNECTED;
  if (can_receive && out.family != AF_NETLINK) {
    if (inet && out.type == SOCK_STREAM) queue = received_stream(collector, description, fd.get(), out.peer);
    else queue = received_messages(collector, description, fd.get(), out);
    out.size = queue.size();
  }
  record_filter(collector, description, fd.get());
  bool stream = out.type != SOCK_DGRAM && out.family != AF_NETLINK;
  // A listener that is kept has those in its queue who wait: an instance's own connection there must be the same one again.
  bool at_door = inet && (out.state == SOCKET_LISTENING || out.state == SOCKET_WAITING);
  if (stream && (at_door || (out.state == SOCKET_CONNECTED && !out.peer))) collector.outward.push_back(description.id);
  collector.records.add(RECORD_SOCKET, description.id, name, Records::bytes_of(out) + options + queue);
}
