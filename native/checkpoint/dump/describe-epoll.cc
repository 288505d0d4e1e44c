// An epoll set: what it watches, as descriptor numbers of one process's table.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"

struct Target { // struct kcmp_epoll_slot
  uint32_t epoll_fd, target_fd, offset;
};

static std::vector<image_epoll_item> read_items(const Description &description) {
  std::vector<image_epoll_item> out;
  const char *line = description.info_text.c_str();
  for (; (line = strstr(line, "tfd:")) != nullptr; line += 4) {
    image_epoll_item item{};
    if (sscanf(line, "tfd: %d events: %x data: %" SCNx64, &item.fd, &item.events, &item.data) == 3) out.push_back(item);
  }
  return out;
}

// Does the number stand for the watched description in this process? A number can have been closed or used again since.
static bool watches(const Description &epoll, const Process &process, int fd, uint32_t offset) {
  Target target{static_cast<uint32_t>(epoll.holders[0].fd), static_cast<uint32_t>(fd), offset};
  return syscall(SYS_kcmp, process.pid, epoll.holders[0].process->pid, KCMP_EPOLL_TFD, fd, &target) == 0;
}

static size_t valid_items(const Description &description, const Process &process, const std::vector<image_epoll_item> &items, std::vector<bool> &valid) {
  size_t count = 0;
  for (size_t i = 0; i < items.size(); i++) {
    uint32_t offset = 0; // several watched descriptions can share a number: the nth of them
    for (size_t j = 0; j < i; j++) offset += items[j].fd == items[i].fd;
    valid[i] = watches(description, process, items[i].fd, offset);
    count += valid[i];
  }
  return count;
}

// Those that can have made the set: who holds it, or, where it is on its way, anybody.
static std::vector<const Process *> makers(const Collector &collector, const Description &description) {
  std::vector<const Process *> out;
  for (const Holder &holder : description.holders)
    if (holder.process != &collector.self) out.push_back(holder.process);
  if (!out.empty()) return out;
  for (const auto &process : collector.instance.processes)
    if (!process->zombie) out.push_back(process.get());
  return out;
}

// The process that made the set is not recorded by the kernel: it is the one whose table fits best.
void describe_epoll(Collector &collector, const Description &description) {
  std::vector<image_epoll_item> items = read_items(description);
  std::vector<bool> best(items.size(), false), valid(items.size(), false);
  std::vector<const Process *> all = makers(collector, description);
  const Process *owner = all[0];
  size_t most = 0;
  for (const Process *process : all) {
    size_t count = valid_items(description, *process, items, valid);
    if (count > most) {
      most = count;
      best = valid;
      owner = process;
    }
    if (most == items.size()) break;
  }
  image_epoll out{};
  out.flags = description.flags;
  out.owner_pid = owner->image.pid;
  std::string data;
  for (size_t i = 0; i < items.size(); i++) {
    if (!best[i]) continue; // closed here, held open elsewhere: nobody can name it to remove it, and no number brings it back
    data += Records::bytes_of(items[i]);
    out.count++;
  }
  collector.records.add(RECORD_EPOLL, description.id, "", Records::bytes_of(out) + data);
}
