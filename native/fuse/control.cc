#include "fuse/control.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "fuse/failure.h"
#include "fuse/keeper.h"
#include "fuse/log.h"
#include "fuse/node-table.h"
#include "fuse/pruning.h"
#include "fuse/registry.h"
#include "fuse/verbs.h"

namespace {

constexpr size_t longest_line = 16 << 20;

struct Client {
  explicit Client(Fd connection) : fd(std::move(connection)) {}
  Fd fd;
  std::string pending;   // read, without its end of line yet
  std::mutex writing;

  void answer(const std::vector<std::string>& fields) {
    std::string line = join_line(fields);
    std::lock_guard held(writing);
    for (size_t done = 0; done < line.size();) {
      ssize_t put = send(fd.get(), line.data() + done, line.size() - done, MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return log_line("answer to a client: %m");
      done += size_t(put);
    }
  }
};

void run(const std::shared_ptr<Client>& client, const std::string& id, const std::string& verb, const Fields& fields) {
  try {
    std::vector<std::string> answer = run_verb(verb, fields);
    answer.insert(answer.begin(), {id, "ok"});
    client->answer(answer);
  } catch (const Failure& failure) {
    log_line("%s: %s: %s", verb.c_str(), failure.what(), strerror(failure.code()));
    client->answer({id, "err", std::to_string(failure.code()), std::string(failure.what()) + ": " + strerror(failure.code())});
  }
}

// False when the line asks for the end of the server.
bool handle(const std::shared_ptr<Client>& client, std::string_view line) {
  std::vector<std::string> fields = split_line(line);
  if (fields.size() < 2) {
    client->answer({fields[0], "err", std::to_string(EINVAL), "a request is ID VERB FIELD..."});
    return true;
  }
  std::string id = fields[0], verb = fields[1];
  if (verb == "quit") {
    unmount_all();
    client->answer({id, "ok"});
    return false;
  }
  Fields rest({fields.begin() + 2, fields.end()});
  if (is_slow_verb(verb)) {
    std::thread([=] { run(client, id, verb, rest); }).detach();
  } else {
    run(client, id, verb, rest);
  }
  return true;
}

enum class Heard { more, closed, quit };

Heard hear(const std::shared_ptr<Client>& client) {
  char buffer[65536];
  ssize_t size = recv(client->fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Heard::more : Heard::closed;
  if (size == 0) return Heard::closed;
  client->pending.append(buffer, size_t(size));
  for (size_t end; (end = client->pending.find('\n')) != std::string::npos;) {
    std::string line = client->pending.substr(0, end);
    client->pending.erase(0, end + 1);
    if (!handle(client, line)) return Heard::quit;
  }
  return client->pending.size() > longest_line ? Heard::closed : Heard::more;
}

Fd end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  // Blocked before any thread was made, see main.
  return Fd(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd", "SIGTERM"));
}

}  // namespace

Fd listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG, "bind", path);
  memcpy(address.sun_path, path.c_str(), path.size());
  Fd listener(check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", path));
  if (unlink(path.c_str()) < 0 && errno != ENOENT) fail(errno, "unlink", path);
  mode_t before = umask(0177);
  int bound = bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  umask(before);
  check(bound, "bind", path);
  check(listen(listener.get(), 64), "listen", path);
  return listener;
}

// After a scan of many files the kernel forgets them again; the allocator alone would keep their memory.
void give_memory_back() {
  static uint64_t last = 0;
  uint64_t now = NodeTable::freed();
  if (now - last < 2000) return;
  last = now;
  for (auto& view : registry::all()) view->nodes.give_memory_back();
  malloc_trim(0);
}

// Whatever is written down names descriptors that all work has come to rest with: the locks of all views are held.
void become_keeper() {
  std::vector<std::shared_ptr<View>> views = registry::all();
  std::vector<std::unique_lock<std::shared_mutex>> held;
  for (auto& view : views) held.emplace_back(view->tree);
  log_line("the keeper was killed; this server becomes one");
  keeper::replace();
}

void serve_control(int listener, const std::string& state_dir) {
  Fd signals = end_signals(), keeper(keeper::watch());
  std::map<int, std::shared_ptr<Client>> clients;
  for (;;) {
    std::vector<pollfd> wait{{listener, POLLIN, 0}, {signals.get(), POLLIN, 0}, {keeper.get(), POLLIN, 0}};
    for (auto& [fd, client] : clients) wait.push_back({fd, POLLIN, 0});
    if (poll(wait.data(), wait.size(), 2000) < 0 && errno != EINTR) fail(errno, "poll", "control socket");
    give_memory_back();
    pruning::look();
    for (auto& view : registry::all()) view->drop_old_pre_copies();
    drop_ended();
    struct stat st;
    if (stat(state_dir.c_str(), &st) < 0 && errno == ENOENT) return unmount_all();
    if (wait[1].revents) return unmount_all();
    if (wait[2].revents) become_keeper();
    for (size_t i = 3; i < wait.size(); i++) {
      if (!wait[i].revents) continue;
      Heard heard = hear(clients[wait[i].fd]);
      if (heard == Heard::quit) return;
      if (heard == Heard::closed) clients.erase(wait[i].fd);
    }
    if (wait[0].revents) {
      Fd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
      int fd = connection.get();
      if (fd >= 0) clients[fd] = std::make_shared<Client>(std::move(connection));
    }
  }
}
