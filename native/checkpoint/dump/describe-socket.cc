// Sockets: unix, TCP and UDP. Addresses are saved as the application asked for them (FIG. 5, step 266: a port is a
// virtualized state), a connection with both its ends here as a pair, one to outside as one that a clone finds reset.
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/peer-credentials.h"
#include "checkpoint/dump/socket-file.h"
#include "checkpoint/dump/socket-options.h"
#include "checkpoint/dump/socket-queue.h"
#include "checkpoint/dump/tcp-stream.h"
#include "checkpoint/dump/unix-diag.h"

static int int_option(const Description &description, int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) fail_call("ask about %s", description.words().c_str());
  return value;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool operator==(const Address &other) const { return size == other.size && memcmp(&storage, &other.storage, size) == 0; }
  uint16_t port() const {
    if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
    if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port);
    return 0;
  }
};

static Address own_address(int fd) {
  Address out;
  out.size = sizeof out.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&out.storage), &out.size) != 0) fail_call("ask a socket's address");
  return out;
}

static bool peer_address(int fd, Address &out) {
  out.size = sizeof out.storage;
  return getpeername(fd, reinterpret_cast<sockaddr *>(&out.storage), &out.size) == 0;
}

// The asked address with the asked port, where the port was translated.
static Address asked_address(const Collector &collector, Address address, int type) {
  const table_port *entry = collector.ports.by_system_port(type, address.port());
  if (!entry) return address;
  uint16_t port = htons(entry->virtual_port);
  if (address.storage.ss_family == AF_INET) {
    auto *in = reinterpret_cast<sockaddr_in *>(&address.storage);
    in->sin_port = port;
    if (entry->family == AF_INET) memcpy(&in->sin_addr, entry->address, 4);
  } else {
    auto *in6 = reinterpret_cast<sockaddr_in6 *>(&address.storage);
    in6->sin6_port = port;
    if (entry->family == AF_INET6) memcpy(&in6->sin6_addr, entry->address, 16);
  }
  return address;
}

static void put_address(const Address &address, uint8_t (&out)[32], uint32_t &size) {
  size = static_cast<uint32_t>(std::min<size_t>(address.size, sizeof out));
  memcpy(out, &address.storage, size);
}

static std::string unix_name(const Address &address) {
  size_t head = offsetof(sockaddr_un, sun_path);
  if (address.size <= head) return "";
  const char *path = reinterpret_cast<const sockaddr_un *>(&address.storage)->sun_path;
  std::string name(path, address.size - head);
  if (name[0] == '\0') return "@" + name.substr(1);
  return name.substr(0, name.find('\0'));
}

// The listener that an accepted end has its name from.
static uint32_t find_listener(const Collector &collector, const Description &description, const Address &name) {
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK)) continue;
    Descriptor fd = other.borrow();
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening && own_address(fd.get()) == name) return other.id;
  }
  return 0;
}

// A path in its pre-customised form, an abstract name without the AID's tag.
static std::string stored_name(const Collector &collector, const std::string &name, uint32_t &as_is) {
  if (name.empty() || name[0] != '@') return name.empty() || name[0] != '/' ? name : collector.paths.stored(name);
  std::string rest = name.substr(1);
  as_is = collector.ports.strip_tag(rest) ? 0 : 1;
  return "@" + rest;
}

static bool listens(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

// What it has sent stands in an end that nobody has yet, where it can't be looked at: once it is accepted, it can be tried again.
static void wait_for(const Description &description, image_socket &out, uint32_t listener, uint64_t place, bool has_sent) {
  if (has_sent) refuse(EBUSY, "%s has sent bytes over a connection that waits to be accepted", description.words().c_str());
  out.state = SOCKET_WAITING;
  out.backlog = static_cast<uint32_t>(place);
  out.listener = listener;
}

static void find_unix_listener(const Collector &collector, const Description &description, int fd, image_socket &out) {
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK) || !listens(other.borrow().get())) continue;
    std::vector<ino_t> waiting = ask_unix_socket(other.status.st_ino).waiting;
    int unread = 0;
    auto own = std::find(waiting.begin(), waiting.end(), description.status.st_ino);
    if (own == waiting.end()) continue;
    if (ioctl(fd, TIOCOUTQ, &unread) != 0) fail_call("ask what %s has sent", description.words().c_str());
    return wait_for(description, out, other.id, static_cast<uint64_t>(own - waiting.begin()), unread > 0);
  }
}

// A path that was given relative to a working directory must lead there still.
static void find_directory(const Description &description, const std::string &name, image_socket &out) {
  if (name.empty() || name[0] == '/' || name[0] == '@') return;
  const Process &process = *description.holders[0].process;
  struct stat there;
  if (!proc_stat(text("%d/cwd/%s", process.pid, name.c_str()), there) || !S_ISSOCK(there.st_mode))
    refuse_description(description, text("a unix socket named %s, relative to another directory than its program's", name.c_str()).c_str());
  out.address_size = sizeof process.image.pid;
  memcpy(out.address, &process.image.pid, sizeof process.image.pid);
}

// Another was bound to the same name later: the file there is that one's. (Accepted ends have their listener's name.)
static bool is_replaced(const Collector &collector, const Description &description, const std::string &name) {
  for (const Description &other : collector.all) {
    if (!other.is(S_IFSOCK) || other.status.st_ino <= description.status.st_ino) continue;
    Descriptor fd = other.borrow();
    Address address = own_address(fd.get()), peer;
    if (address.storage.ss_family == AF_UNIX && unix_name(address) == name && !peer_address(fd.get(), peer)) return true;
  }
  return false;
}

// A file that was renamed since is bound by its new name, one that was removed by its old one, and removed again.
static std::string present_name(const Collector &collector, const Description &description, int fd, const UnixSocket &diag,
                                const std::string &name, image_socket &out) {
  bool has_file = !name.empty() && name[0] == '/' && (out.state != SOCKET_CONNECTED || out.type == SOCK_DGRAM);
  if (!has_file) return name;
  std::string path;
  if (!ask_socket_file(fd, name, path)) {
    path = find_socket_file(diag, name);
    if (path == name && is_replaced(collector, description, name)) path.clear();
  }
  out.name_as_is = path.empty();
  return path.empty() ? name : path;
}

static std::string describe_unix(Collector &collector, const Description &description, int fd, image_socket &out) {
  UnixSocket diag = ask_unix_socket(description.status.st_ino);
  Address address = own_address(fd), peer;
  std::string name = unix_name(address);
  out.shutdown = diag.shutdown;
  if (out.state == SOCKET_LISTENING) {
    out.backlog = diag.backlog;
  } else if (peer_address(fd, peer) || diag.peer) {
    out.state = SOCKET_CONNECTED;
    if (const Description *other = diag.peer ? collector.by_inode(diag.peer, S_IFSOCK, &description) : nullptr) out.peer = other->id;
    if (!out.peer && out.type != SOCK_DGRAM && peer.size) find_unix_listener(collector, description, fd, out);
    if (!name.empty() && out.type != SOCK_DGRAM && out.state == SOCKET_CONNECTED) out.listener = find_listener(collector, description, address);
    std::string to = out.type == SOCK_DGRAM ? unix_name(peer) : "";
    uint32_t as_is = 0;
    if (!to.empty()) collector.records.add(RECORD_PEER, description.id, stored_name(collector, to, as_is), std::string());
  } else if (!name.empty()) {
    out.state = SOCKET_BOUND;
  }
  read_peer_credentials(collector.instance, fd, out);
  if (out.state == SOCKET_WAITING) out.peer_pid = description.holders[0].process->image.pid; // who is to have connected
  if (out.state != SOCKET_CONNECTED) find_directory(description, name, out);
  return stored_name(collector, present_name(collector, description, fd, diag, name, out), out.name_as_is);
}

static bool is_inet(const Address &address) { return address.storage.ss_family == AF_INET || address.storage.ss_family == AF_INET6; }

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
  if (!is_inet(own) || own.port() == 0 || own.port() != address.port()) return 0;
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
    if (getsockname(fd.get(), reinterpret_cast<sockaddr *>(&theirs.storage), &theirs.size) != 0 || !is_inet(theirs)) continue;
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

static void describe_inet(const Collector &collector, const Description &description, int fd, image_socket &out) {
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
  }
  if (tcp && out.state == SOCKET_CONNECTED && !out.peer && has_heard_all(fd)) out.shutdown |= 4;
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

static std::string sender_bytes(const Collector &collector, const sockaddr_storage &from, socklen_t size, int type) {
  if (size <= sizeof from.ss_family) return "";
  Address address;
  address.storage = from;
  address.size = size;
  if (from.ss_family != AF_UNIX) address = asked_address(collector, address, type);
  std::string name = from.ss_family == AF_UNIX ? unix_name(address) : "";
  uint32_t as_is = 0;
  if (!name.empty() && name[0] == '@') {
    std::string bytes = stored_name(collector, name, as_is);
    bytes[0] = '\0';
    return std::string(reinterpret_cast<const char *>(&address.storage), offsetof(sockaddr_un, sun_path)) + bytes;
  }
  return std::string(reinterpret_cast<const char *>(&address.storage), size);
}

static void refuse_family(const Description &description, const image_socket &socket) {
  bool inet = socket.family == AF_INET || socket.family == AF_INET6;
  if (socket.family == AF_UNIX || (inet && (socket.type == SOCK_STREAM || socket.type == SOCK_DGRAM))) return;
  if (socket.family == AF_NETLINK) return;
  if (socket.type == SOCK_RAW) refuse_description(description, "a raw socket");
  if (socket.family == AF_PACKET) refuse_description(description, "a packet socket");
  refuse_description(description, text("a socket of family %u", socket.family).c_str());
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

static std::string message_bytes(const Collector &collector, const Parcel &parcel, int type) {
  std::string from = sender_bytes(collector, parcel.from, parcel.from_size, type);
  std::string out = Records::bytes_of(static_cast<uint64_t>(parcel.bytes.size() | from.size() << 32)) + Records::bytes_of(parcel.who) + from;
  pad_to_8(out);
  out += parcel.bytes;
  pad_to_8(out);
  return out;
}

// Of a stream all parts are told when one of them has come with descriptors or from somebody; of messages those with descriptors.
static std::string parts_of(const Collector &collector, const std::vector<Parcel> &parcels, bool stream) {
  auto matters = [&](const Parcel &parcel) { return !parcel.with.empty() || (stream && parcel.who.pid); };
  if (std::none_of(parcels.begin(), parcels.end(), matters)) return "";
  std::string out;
  uint64_t at = 0;
  for (const Parcel &parcel : parcels) {
    image_part part{at, stream ? parcel.who : image_sender{}, static_cast<uint32_t>(parcel.with.size()), 0};
    at += stream ? parcel.bytes.size() : 1;
    if (!stream && parcel.with.empty()) continue;
    out += Records::bytes_of(part);
    for (const Descriptor &descriptor : parcel.with) {
      uint32_t id = collector.description_of(descriptor.get());
      out.append(reinterpret_cast<const char *>(&id), sizeof id);
    }
    pad_to_8(out);
  }
  return out;
}

static std::string queued_bytes(Collector &collector, const Description &description, int fd, const image_socket &socket) {
  auto known = collector.queues.find(description.status.st_ino);
  std::vector<Parcel> fresh;
  if (known == collector.queues.end()) fresh = look_at_queue(collector.instance, fd, description.words());
  const std::vector<Parcel> &parcels = known == collector.queues.end() ? fresh : known->second;
  bool stream = socket.type == SOCK_STREAM;
  std::string out;
  for (const Parcel &parcel : parcels) out += stream ? parcel.bytes : message_bytes(collector, parcel, static_cast<int>(socket.type));
  std::string parts = parts_of(collector, parcels, stream);
  if (!parts.empty()) collector.records.add(RECORD_PARTS, description.id, "", parts);
  return out;
}

static std::string connection_bytes(const Collector &collector, const Description &description, int fd, uint32_t peer) {
  refuse_urgent(fd, description.words());
  Descriptor other_end = peer ? collector.all[peer - 1].borrow() : Descriptor(-1);
  return tcp_stream(fd, other_end.get(), description.words());
}

void describe_socket(Collector &collector, const Description &description) {
  Descriptor fd = description.borrow();
  image_socket out{};
  out.family = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_DOMAIN));
  out.type = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_TYPE));
  out.protocol = static_cast<uint32_t>(int_option(description, fd.get(), SOL_SOCKET, SO_PROTOCOL));
  out.flags = description.flags;
  refuse_family(description, out);
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
    if (inet && out.type == SOCK_STREAM) queue = connection_bytes(collector, description, fd.get(), out.peer);
    else queue = queued_bytes(collector, description, fd.get(), out);
    out.size = queue.size();
  }
  record_filter(collector, description, fd.get());
  bool stream = out.type != SOCK_DGRAM && out.family != AF_NETLINK;
  // A listener that is kept has those in its queue who wait: an instance's own connection there must be the same one again.
  bool at_door = inet && (out.state == SOCKET_LISTENING || out.state == SOCKET_WAITING);
  if (stream && (at_door || (out.state == SOCKET_CONNECTED && !out.peer))) collector.outward.push_back(description.id);
  collector.records.add(RECORD_SOCKET, description.id, name, Records::bytes_of(out) + options + queue);
}
