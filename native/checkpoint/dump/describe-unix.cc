// Unix sockets: whose end is whose, and where their files are.
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "checkpoint/dump/describe-socket.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/peer-credentials.h"
#include "checkpoint/dump/socket-address.h"
#include "checkpoint/dump/socket-file.h"
#include "checkpoint/dump/unix-diag.h"

// The listener that an accepted end has its name from.
static uint32_t find_listener(const Collector &collector, const Description &description, const Address &name) {
  for (const Description &other : collector.all) {
    if (&other == &description || !other.is(S_IFSOCK)) continue;
    Descriptor fd = other.borrow();
    if (listens(fd.get()) && own_address(fd.get()) == name) return other.id;
  }
  return 0;
}

// Once for all of them: there can be thousands.
static void find_waiting(Collector &collector) {
  if (std::exchange(collector.waiting_known, true)) return;
  for (const Description &other : collector.all) {
    if (!other.is(S_IFSOCK) || !listens(other.borrow().get())) continue;
    std::vector<ino_t> waiting = ask_unix_socket(other.status.st_ino).waiting;
    for (size_t i = 0; i < waiting.size(); i++) collector.waiting.try_emplace(waiting[i], Collector::Place{other.id, i});
  }
}

static void find_unix_listener(Collector &collector, const Description &description, int fd, image_socket &out) {
  find_waiting(collector);
  auto place = collector.waiting.find(description.status.st_ino);
  if (place == collector.waiting.end()) return;
  int unread = 0;
  if (ioctl(fd, TIOCOUTQ, &unread) != 0) fail_call("ask what %s has sent", description.words().c_str());
  wait_for(description, out, place->second.listener, place->second.number, unread > 0);
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

std::string describe_unix(Collector &collector, const Description &description, int fd, image_socket &out) {
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
