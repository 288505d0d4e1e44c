#include "checkpoint/dump/descriptors.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <tuple>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/in-parallel.h"

// -1, 0, 1: an order over descriptions that only the kernel knows; equal means one and the same.
static int compare_descriptions(const Description &a, const Description &b) {
  const Holder &left = a.holders[0], &right = b.holders[0];
  long order = syscall(SYS_kcmp, left.process->pid, right.process->pid, KCMP_FILE, left.fd, right.fd);
  if (order < 0) fail_call("compare %s with another", a.words().c_str());
  return order == 0 ? 0 : order == 1 ? -1 : 1;
}

static bool before(const Description &a, const Description &b) {
  auto key = [](const Description &d) { return std::tie(d.status.st_dev, d.status.st_ino, d.link, d.flags); };
  if (key(a) != key(b)) return key(a) < key(b);
  if (a.holders[0].process == b.holders[0].process && a.holders[0].fd == b.holders[0].fd) return false;
  return compare_descriptions(a, b) < 0;
}

static std::string read_info(const Process &process, int fd) { return proc_read(text("%d/fdinfo/%d", process.pid, fd)); }

// Each descriptor's fdinfo. They are listed where they are read, for the kernel makes a node for each that is listed.
using Table = std::vector<std::pair<int, std::string>>;
static Table read_table(const Process &process) {
  Table out;
  for (int fd : proc_numbers(text("%d/fdinfo", process.pid))) out.emplace_back(fd, read_info(process, fd));
  return out;
}

// What each descriptor has for itself, whatever it shares with others: fdinfo tells it.
static Holder read_holder(const Description &of, const Process &process, int fd, const std::string &info) {
  Holder out{&process, fd, false, {}};
  size_t flags = info.find("flags:");
  if (flags != std::string::npos) out.cloexec = strtoul(info.c_str() + flags + strlen("flags:"), nullptr, 8) & O_CLOEXEC;
  out.locks = record_locks(of, fd, info);
  return out;
}

static Description read_descriptor(const Process &process, int fd, const std::string &info) {
  Description out;
  out.holders.push_back({&process, fd, false, {}});
  std::string path = out.proc_path();
  out.link = proc_link(path);
  if (!proc_stat(path, out.status)) fail_call("stat %s", out.words().c_str());
  out.info_text = info;
  out.info = parse_fields(out.info_text);
  out.flags = static_cast<uint32_t>(strtoul(out.info["flags"].c_str(), nullptr, 8)) & ~static_cast<uint32_t>(O_CLOEXEC);
  out.position = strtoull(out.info["pos"].c_str(), nullptr, 10);
  out.holders[0] = read_holder(out, process, fd, out.info_text);
  return out;
}

static bool stands_for(const Process &process, int fd, const Description &known) {
  const Holder &holder = known.holders[0];
  return syscall(SYS_kcmp, holder.process->pid, process.pid, KCMP_FILE, holder.fd, fd) == 0;
}

// A child has most of its parent's descriptors, under the same numbers: what was read there is not read again.
static void add_table(const Process &process, const Table &table, std::map<int, size_t> &by_number, std::vector<Description> &found) {
  for (const auto &[fd, info] : table) {
    auto [known, fresh] = by_number.try_emplace(fd, found.size());
    if (!fresh && stands_for(process, fd, found[known->second])) {
      Description &description = found[known->second];
      description.holders.push_back(read_holder(description, process, fd, info));
      continue;
    }
    known->second = found.size();
    found.push_back(read_descriptor(process, fd, info));
  }
}

// Descriptors on their way stand in no table, but looking at a queue gives them to this program too. Where one of them is a socket, others
// can be on their way to it.
static void add_those_on_their_way(Collector &collector, std::vector<Description> &found) {
  for (size_t i = 0; i < found.size(); i++) {
    if (!found[i].is(S_IFSOCK) || atoi(found[i].info["scm_fds"].c_str()) == 0) continue;
    auto [entry, fresh] = collector.queues.try_emplace(found[i].status.st_ino);
    if (!fresh) continue;
    entry->second = look_at_queue(collector.instance, found[i].borrow().get(), found[i].words());
    for (const Parcel &parcel : entry->second)
      for (const Descriptor &descriptor : parcel.with) found.push_back(read_descriptor(collector.self, descriptor.get(), read_info(collector.self, descriptor.get())));
  }
}

uint32_t find_descriptions(Collector &collector) {
  std::vector<Description> found;
  collector.self.pid = getpid();
  collector.self.pidfd = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!collector.self.pidfd) fail_call("open this process");
  std::map<int, size_t> by_number;
  auto &processes = collector.instance.processes;
  std::vector<Table> tables(processes.size());
  in_parallel(processes.size(), [&](size_t i) {
    if (!processes[i]->zombie) tables[i] = read_table(*processes[i]);
  });
  for (size_t i = 0; i < processes.size(); i++) add_table(*processes[i], tables[i], by_number, found);
  add_those_on_their_way(collector, found);
  std::sort(found.begin(), found.end(), before);
  for (Description &description : found) {
    if (!collector.all.empty() && !before(collector.all.back(), description) && !before(description, collector.all.back())) {
      std::vector<Holder> &holders = collector.all.back().holders;
      std::move(description.holders.begin(), description.holders.end(), std::back_inserter(holders));
      if (collector.all.back().on_its_way()) std::swap(holders.front(), holders.back());
      continue;
    }
    collector.all.push_back(std::move(description));
    collector.all.back().id = static_cast<uint32_t>(collector.all.size());
  }
  return static_cast<uint32_t>(collector.all.size()) + 1;
}

// Which of the harness's own files this is (0, 1, 2), or -1. A device such as /dev/null is everybody's: it counts only
// where descriptor 0, 1 or 2 itself stands for it.
static int stdio_of(const Collector &collector, const Description &description) {
  int out = -1;
  for (int which = 0; which < 3; which++) {
    const struct stat &status = collector.options.stdio_status[which];
    if (status.st_ino == 0) continue; // not given, or gone
    if (status.st_dev != description.status.st_dev || status.st_ino != description.status.st_ino) continue;
    for (const Holder &holder : description.holders)
      if (holder.fd == which) return which;
    if (out < 0 && !S_ISCHR(status.st_mode)) out = which;
  }
  return out;
}

static bool is_plain_device(const Description &description) {
  static const dev_t plain[] = {makedev(1, 3), makedev(1, 5), makedev(1, 7), makedev(1, 8), makedev(1, 9)};
  return std::find(std::begin(plain), std::end(plain), description.status.st_rdev) != std::end(plain);
}

static void describe_node(Collector &collector, const Description &description) {
  switch (description.status.st_mode & S_IFMT) {
    case S_IFREG: case S_IFDIR: case S_IFLNK:
      if (description.link[0] == '/') return describe_file(collector, description);
      refuse_description(description, text("a kernel object (%s)", description.link.c_str()).c_str());
    case S_IFIFO: return description.link.starts_with("pipe:") ? describe_pipe(collector, description) : describe_file(collector, description);
    case S_IFSOCK: return describe_socket(collector, description);
    case S_IFCHR:
      if (is_plain_device(description) || (description.flags & O_PATH)) return describe_file(collector, description);
      if (is_terminal(description)) return describe_terminal(collector, description);
      refuse_description(description, text("the device %s", description.link.c_str()).c_str());
    case S_IFBLK: refuse_description(description, text("the device %s", description.link.c_str()).c_str());
    default: refuse_description(description, description.link.c_str());
  }
}

// What only a process can open again, or holds as its own, can't be given to a queue.
static void refuse_on_its_way(const Description &description) {
  if (!description.on_its_way()) return;
  bool of_process = description.anonymous("pidfd") || description.link.starts_with("pidfd:") ||
                    (description.link.starts_with("/proc/") && description.link[6] >= '0' && description.link[6] <= '9');
  if (of_process) refuse(EBUSY, "a descriptor of a process (%s) is on its way through a unix socket, which can't be part of a template", description.link.c_str());
  for (const Holder &holder : description.holders)
    if (!holder.locks.empty()) refuse(EBUSY, "a file with a lock on it (%s) is on its way through a unix socket, which can't be part of a template", description.link.c_str());
}

static void describe(Collector &collector, const Description &description) {
  if (is_mqueue(collector, description)) return describe_mqueue(collector, description);
  int which = stdio_of(collector, description);
  if (which >= 0) return describe_stdio(collector, description, which);
  if (description.anonymous("eventpoll")) return describe_epoll(collector, description);
  if (description.anonymous("eventfd")) return describe_eventfd(collector, description);
  if (description.anonymous("timerfd")) return describe_timerfd(collector, description);
  if (description.anonymous("signalfd")) return describe_signalfd(collector, description);
  if (description.anonymous("inotify")) return describe_inotify(collector, description);
  if (description.anonymous("pidfd") || description.link.starts_with("pidfd:")) return describe_pidfd(collector, description);
  if (description.anonymous("io_uring"))
    refuse(EOPNOTSUPP, "%s is an io_uring ring, which can't be part of a template; with --io-uring none the program is told that there are none", description.words().c_str());
  if (description.link.starts_with("anon_inode:")) refuse_description(description, text("a kernel object (%s)", description.link.c_str() + 11).c_str());
  describe_node(collector, description);
}

static void describe_owner(Collector &collector, const Description &description) {
  if (description.is(S_IFREG) || (description.flags & O_PATH)) return;
  image_owner owner = owner_of(collector, description);
  if (description.is(S_IFDIR)) { // the kernel makes an owner of who asks for F_NOTIFY, and tells nothing else of it
    if (owner.pid) refuse_description(description, "a directory that tells of its changes by signals (F_NOTIFY)");
    return;
  }
  if (owner.pid || owner.signum || owner.async) collector.records.add(RECORD_OWNER, description.id, "", owner);
}

void describe_all(Collector &collector) {
  for (const Description &description : collector.all) {
    refuse_on_its_way(description);
    describe(collector, description);
    describe_owner(collector, description);
  }
  refuse_outer_terminals(collector);
}

static void record_lock_table(Collector &collector) {
  std::map<const Process *, std::vector<image_lock>> tables;
  for (const Description &description : collector.all)
    for (const Holder &holder : description.holders) {
      if (holder.process == &collector.self) continue;
      std::vector<image_lock> &table = tables[holder.process];
      table.insert(table.end(), holder.locks.begin(), holder.locks.end());
    }
  for (auto &[process, table] : tables)
    if (!table.empty())
      collector.records.add(RECORD_LOCKS, process->image.pid, "", std::string(reinterpret_cast<const char *>(table.data()), table.size() * sizeof table[0]));
}

void record_descriptor_tables(Collector &collector) {
  std::map<const Process *, std::vector<image_fd>> tables;
  for (const Description &description : collector.all)
    for (const Holder &holder : description.holders)
      if (holder.process != &collector.self) tables[holder.process].push_back({holder.fd, holder.cloexec, description.id, 0});
  for (auto &[process, table] : tables) {
    std::sort(table.begin(), table.end(), [](const image_fd &a, const image_fd &b) { return a.fd < b.fd; });
    collector.records.add(RECORD_FDS, process->image.pid, "", std::string(reinterpret_cast<const char *>(table.data()), table.size() * sizeof table[0]));
  }
  record_lock_table(collector);
  for (auto &[pid, notifications] : collector.notifications) collector.records.add(RECORD_NOTIFICATION, pid, "", notifications);
}
